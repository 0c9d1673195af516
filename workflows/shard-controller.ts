import { setCurrentDetails, workflowInfo } from '@temporalio/workflow'
import type { Control, ShardStatus, TriedAgain } from '../contracts/run-status.ts'
import { currentShardDetails } from '../core/temporal-ui/current-details.ts'

/** The state of a shard's workflow: what its run asks of it, and what its status shows. */
export class ShardController {
  #control: Control
  #doing = 'starting'
  #done = 0
  #total = 0
  readonly #triedAgain: TriedAgain[] = []

  constructor(control: Control) {
    this.#control = control
  }

  get control(): Control {
    return this.#control
  }

  get status(): ShardStatus {
    return { done: this.#done, total: this.#total }
  }

  onControl(control: Control): void {
    this.#control = control
  }

  /** What the shard does now; `total` is its number of tasks once that is known. */
  update(doing: string, total = this.#total): void {
    this.#doing = doing
    this.#total = total
    this.#show()
  }

  /** A task has finished, and at which attempt; results of earlier versions do not say. */
  taskDone(task: number, attempt = 1): void {
    this.#done++
    if (attempt > 1) this.#triedAgain.push({ task, attempt })
    this.#show()
  }

  #show(): void {
    const details = { ...this.status, doing: this.#doing, triedAgain: this.#triedAgain }
    setCurrentDetails(currentShardDetails(workflowInfo().workflowId, details))
  }
}

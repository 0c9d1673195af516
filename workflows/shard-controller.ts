import { setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow'
import type { Control, TriedAgain } from '../contracts/run-status.ts'
import { currentShardDetails } from '../core/temporal-ui/current-details.ts'
import { controlSignal, shardStatusQuery } from './messages.ts'

/** Where a shard hears what is wanted of it and says where it stands. */
export class ShardController {
  #control: Control
  #doing = 'begins'
  #done = 0
  #total = 0
  readonly #triedAgain: TriedAgain[] = []

  constructor(control: Control) {
    this.#control = control
    setHandler(controlSignal, (wanted) => void (this.#control = wanted), { description: 'pause, and tasks in flight' })
    setHandler(shardStatusQuery, () => ({ done: this.#done, total: this.#total }), {
      description: 'tasks rolled out, of how many',
    })
  }

  /** What is wanted now. */
  get control(): Control {
    return this.#control
  }

  /** What it is at, and of how many tasks, as soon as that is known. */
  tell(doing: string, total = this.#total): void {
    this.#doing = doing
    this.#total = total
    this.#show()
  }

  /** A task is done, and at which attempt; histories of before that was known do not say. */
  taskDone(task: number, attempt = 1): void {
    this.#done++
    if (attempt > 1) this.#triedAgain.push({ task, attempt })
    this.#show()
  }

  #show(): void {
    const status = { done: this.#done, total: this.#total, doing: this.#doing, triedAgain: this.#triedAgain }
    setCurrentDetails(currentShardDetails(workflowInfo().workflowId, status))
  }
}

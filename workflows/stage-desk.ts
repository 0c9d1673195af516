import { condition, setCurrentDetails, setHandler } from '@temporalio/workflow'
import type { Control, StageStatus } from '../contracts/run-status.ts'
import { boardOf } from '../core/loop/boards.ts'
import { controlSignal, stageStatusQuery } from './messages.ts'
import { type ShardOrder, Shards } from './shards.ts'
import type { StageInput } from './stage-input.ts'

const isSpent = ({ sampledTokensLeft }: Control, sampledTokens: number) =>
  sampledTokensLeft !== null && sampledTokens >= sampledTokensLeft

/** Where a stage hears what is wanted of it and says where it stands. */
export class StageDesk {
  readonly #shards: Shards
  #control: Control
  #status: StageStatus

  constructor({ name, control }: StageInput, steps: StageStatus['steps'] = null) {
    this.#control = control
    this.#shards = new Shards(control)
    this.#status = {
      stage: name,
      doing: 'begins',
      steps,
      shards: [],
      shardsOver: null,
      latest: {},
      sampledTokens: 0,
      waitsFor: null,
    }
    setHandler(
      controlSignal,
      async (wanted) => {
        this.#control = wanted
        await this.#shards.tell(wanted)
      },
      { description: 'pause, tasks in flight, stop, budget: all that the run wants of this stage' },
    )
    setHandler(stageStatusQuery, () => ({ ...this.#status, shards: this.#shards.running }), {
      description: 'what the stage is at, its steps and shards, and what it waits for',
    })
  }

  /** What is wanted now. */
  get control(): Control {
    return this.#control
  }

  get sampledTokens(): number {
    return this.#status.sampledTokens
  }

  tell(changes: Partial<StageStatus>): void {
    this.#status = { ...this.#status, ...changes }
    setCurrentDetails(boardOf(this.#status))
  }

  /** Runs shards, and counts what they sampled. */
  async runShards(doing: string, orders: readonly ShardOrder[]) {
    this.tell({ doing, shardsOver: { done: 0, total: orders.length } })
    const results = await this.#shards.runAll(orders, (done) =>
      this.tell({ shardsOver: { done, total: orders.length } }),
    )
    const sampled = results.reduce((sum, result) => sum + result.sampledTokens, 0)
    this.tell({ sampledTokens: this.sampledTokens + sampled })
    return results
  }

  /** Between two steps: waits while the run is paused or its budget is used up. False if the stage is to stop here. */
  async mayGoOn(): Promise<boolean> {
    const waitsFor = () => {
      if (this.#control.stopAfterStep) return null
      if (this.#control.paused) return 'paused: "agent0 resume" goes on'
      if (isSpent(this.#control, this.sampledTokens)) return 'the budget is used up: "agent0 set budget" raises it'
      return null
    }
    if (waitsFor() !== null) {
      this.tell({ waitsFor: waitsFor() })
      await condition(() => waitsFor() === null)
      this.tell({ waitsFor: null })
    }
    return !this.#control.stopAfterStep
  }
}

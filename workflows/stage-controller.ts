import { condition, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow'
import type { ServerUse } from '../contracts/run-record.ts'
import type { Control, StageStatus } from '../contracts/run-status.ts'
import { currentStageDetails } from '../core/temporal-ui/current-details.ts'
import { addTallies } from '../core/metrics/add-tallies.ts'
import { busyTime } from '../core/metrics/intervals.ts'
import { controlSignal, stageStatusQuery } from './messages.ts'
import { type ShardSpec, Shards } from './shards.ts'
import type { StageInput } from './stage-input.ts'

const isSpent = ({ sampledTokensLeft }: Control, sampledTokens: number) =>
  sampledTokensLeft !== null && sampledTokens >= sampledTokensLeft

/** Where a stage hears what is wanted of it and says where it stands. */
export class StageController {
  readonly #shards: Shards
  #control: Control
  #status: StageStatus
  #serverUse: ServerUse

  constructor({ name, control, serverUse }: StageInput, steps: StageStatus['steps'] = null) {
    this.#control = control
    this.#serverUse = serverUse ?? { busySeconds: 0, wallSeconds: 0 }
    this.#shards = new Shards(control, () => this.#show())
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
    setHandler(stageStatusQuery, () => this.#whole(), {
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

  get serverUse(): ServerUse {
    return this.#serverUse
  }

  tell(changes: Partial<StageStatus>): void {
    this.#status = { ...this.#status, ...changes }
    this.#show()
  }

  /** Runs shards, and counts what they sampled and how long they kept the model servers busy. */
  async runShards(doing: string, specs: readonly ShardSpec[]) {
    this.tell({ doing, shardsOver: { done: 0, total: specs.length } })
    const began = Date.now()
    const results = await this.#shards.runAll(specs, (done) => this.tell({ shardsOver: { done, total: specs.length } }))
    const sampled = results.reduce((sum, result) => sum + result.sampledTokens, 0)
    this.tell({ sampledTokens: this.sampledTokens + sampled })
    const until = results.reduce((latest, { sampledUntil }) => Math.max(latest, sampledUntil), began)
    const busyMs = busyTime(
      results.flatMap(({ requests }) => requests),
      [began, until],
    )
    const use = { busySeconds: busyMs / 1_000, wallSeconds: (until - began) / 1_000 }
    this.#serverUse = addTallies(this.#serverUse, use)
    return results
  }

  /** Between two steps: waits while the run is paused or its budget is used up. False if the stage is to stop here. */
  async waitUntilRunnable(): Promise<boolean> {
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

  #whole(): StageStatus {
    return { ...this.#status, shards: this.#shards.running }
  }

  #show(): void {
    setCurrentDetails(currentStageDetails(workflowInfo().workflowId, this.#whole()))
  }
}

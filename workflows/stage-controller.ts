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

/** The state of a stage's workflow: what its run asks of it, its shards, and what its status shows. */
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
      doing: 'starting',
      steps,
      shards: [],
      shardsOver: null,
      latest: {},
      sampledTokens: 0,
      waitsFor: null,
    }
  }

  get control(): Control {
    return this.#control
  }

  get status(): StageStatus {
    return { ...this.#status, shards: this.#shards.running }
  }

  get sampledTokens(): number {
    return this.#status.sampledTokens
  }

  get serverUse(): ServerUse {
    return this.#serverUse
  }

  update(changes: Partial<StageStatus>): void {
    this.#status = { ...this.#status, ...changes }
    this.#show()
  }

  async onControl(control: Control): Promise<void> {
    this.#control = control
    await this.#shards.onControl(control)
  }

  /** Runs shards; adds up what they sampled and how long they kept the model servers busy. */
  async runShards(doing: string, specs: readonly ShardSpec[]) {
    this.update({ doing, shardsOver: { done: 0, total: specs.length } })
    const began = Date.now()
    const results = await this.#shards.runAll(specs, (done) =>
      this.update({ shardsOver: { done, total: specs.length } }),
    )
    const sampled = results.reduce((sum, result) => sum + result.sampledTokens, 0)
    this.update({ sampledTokens: this.sampledTokens + sampled })
    const until = results.reduce((latest, { sampledUntil }) => Math.max(latest, sampledUntil), began)
    const busyMs = busyTime(
      results.flatMap(({ requests }) => requests),
      [began, until],
    )
    const use = { busySeconds: busyMs / 1_000, wallSeconds: (until - began) / 1_000 }
    this.#serverUse = addTallies(this.#serverUse, use)
    return results
  }

  /** Between two steps: waits while the run is paused or its budget is used up. Returns false if the stage has to stop here. */
  async waitUntilRunnable(): Promise<boolean> {
    const waitsFor = () => {
      if (this.#control.stopAfterStep) return null
      if (this.#control.paused) return 'paused: "agent0 resume" continues'
      if (isSpent(this.#control, this.sampledTokens))
        return 'the token budget is used up: "agent0 set budget" raises it'
      return null
    }
    if (waitsFor() !== null) {
      this.update({ waitsFor: waitsFor() })
      await condition(() => waitsFor() === null)
      this.update({ waitsFor: null })
    }
    return !this.#control.stopAfterStep
  }

  #show(): void {
    setCurrentDetails(currentStageDetails(workflowInfo().workflowId, this.status))
  }
}

/** What a run can ask of any of its stages. */
export function handleStageMessages(stage: StageController): void {
  setHandler(controlSignal, (control) => stage.onControl(control), {
    description: 'from the run: pause, tasks in flight, stop, budget; always all of them',
  })
  setHandler(stageStatusQuery, () => stage.status, {
    description: 'progress of the stage: what it does, its steps and shards, what it waits for',
  })
}

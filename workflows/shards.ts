import { type ChildWorkflowHandle, workflowInfo } from '@temporalio/workflow'
import { workflowTypes } from '../contracts/messages.ts'
import type { Control } from '../contracts/run-status.ts'
import { staticShardDetails } from '../core/temporal-ui/static-details.ts'
import { mapConcurrent } from './map-concurrent.ts'
import { controlSignal } from './messages.ts'
import { type RolloutShardInput, type RolloutShardResult, type rolloutShard } from './rollout-shard.ts'
import { startChildOnce } from './start-child-once.ts'

/** Most tasks of one shard: its history then stays below 2,000 events. */
export const SHARD_TASKS_MAX = 250
/** While one shard waits for its last tasks, another keeps the servers busy. */
const SHARDS_AT_ONCE = 2

/** What a stage decides about a shard; the rest is the same for all of its shards. */
export type ShardSpec = Pick<RolloutShardInput, 'context' | 'step' | 'source' | 'policy' | 'settings' | 'glassBox'> & {
  /** What the UI calls it. */
  summary: string
}

/** The shards of a stage: runs them, passes control on to them, and knows which are running. */
export class Shards {
  #control: Control
  /** Shards started, by step: a step may run shards more than once. */
  readonly #started = new Map<string, number>()
  readonly #running = new Map<string, ChildWorkflowHandle<typeof rolloutShard>>()

  readonly #onChange: () => void

  /** `onChange` is called when a shard starts or ends. */
  constructor(control: Control, onChange: () => void) {
    this.#control = control
    this.#onChange = onChange
  }

  get running(): string[] {
    return [...this.#running.keys()]
  }

  async onControl(control: Control): Promise<void> {
    this.#control = control
    // A shard that has just ended does not need it.
    await Promise.all([...this.#running.values()].map((shard) => shard.signal(controlSignal, control).catch(() => {})))
  }

  /** Runs one shard per spec, two at a time; returns results in the order of the specs. `onOver` gets the number of finished shards. */
  async runAll(specs: readonly ShardSpec[], onOver: (shards: number) => void): Promise<RolloutShardResult[]> {
    const results: RolloutShardResult[] = []
    let over = 0
    const siblings = Math.min(SHARDS_AT_ONCE, specs.length)
    await mapConcurrent(
      specs.map((spec, index) => ({ spec, index, shard: this.#number(spec) })),
      () => SHARDS_AT_ONCE,
      async ({ spec, index, shard }) => ({ index, result: await this.#run(spec, shard, siblings) }),
      ({ index, result }) => {
        results[index] = result
        onOver(++over)
      },
    )
    return results
  }

  #number({ step }: ShardSpec): number {
    const number = this.#started.get(step) ?? 0
    this.#started.set(step, number + 1)
    return number
  }

  async #run({ summary, ...spec }: ShardSpec, shard: number, siblings: number): Promise<RolloutShardResult> {
    const name = `${spec.step.split('/').at(-1)}/shard-${String(shard).padStart(3, '0')}`
    const workflowId = `${workflowInfo().workflowId}/${name}`
    const control = this.#control
    const input = { ...spec, shard, siblings, control }
    const handle = await startChildOnce<typeof rolloutShard>(workflowTypes.rolloutShard, {
      workflowId,
      args: [input],
      staticSummary: summary,
      staticDetails: staticShardDetails(workflowId),
    })
    this.#running.set(workflowId, handle)
    this.#onChange()
    try {
      // The control may have changed while the shard started.
      if (this.#control !== control) await handle.signal(controlSignal, this.#control)
      return await handle.result()
    } finally {
      this.#running.delete(workflowId)
      this.#onChange()
    }
  }
}

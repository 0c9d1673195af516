import type { Estimate } from '../contracts/config/rollout.ts'
import type { Policy } from '../contracts/policy.ts'
import type { RolloutEvent } from '../contracts/rollout.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import { seededStream } from '../core/random/seeded-stream.ts'
import type { RolloutEffects } from '../core/rollout/drive.ts'
import { slotOf } from '../core/rollout/journal.ts'
import { historyOf, STOP_TEXT } from '../core/rollout/next-action.ts'
import { notRun } from '../core/rollout/not-run.ts'
import { toolOutput } from '../core/rollout/tool-output.ts'
import type { Journal, ModelServer } from '../infra/services/ports.ts'
import type { Services } from './services.ts'

export interface EffectsOptions {
  policy: Policy
  settings: Estimate
  /** Key of the task: its requests go to one server while that lives. */
  task: string
  journal: Journal
  /** Told after each event how many there were. */
  tell: (progress: { events: number }) => void
  signal: AbortSignal
}

/** Generation by the model server, execution in the sandbox, and a journal that keeps both. */
export function effectsFor(
  {
    models,
    sandbox,
    tokenizer,
    executionLimits,
  }: Pick<Services, 'sandbox' | 'tokenizer' | 'executionLimits'> & { models: Pick<ModelServer, 'generate'> },
  config: RunConfig,
  { policy, settings, task, journal, tell, signal }: EffectsOptions,
): RolloutEffects {
  // One seed per run, so that identical programs of its samples are one execution.
  const seed = seededStream(config.seed, 'executions').uint32()
  let events = journal.entries().size
  return {
    generate: ({ state, turns, seed: first, tokensMax }) =>
      models.generate({
        policy,
        promptTokenIds: historyOf(state),
        sampling: settings.sampling,
        tokensMax,
        stop: settings.tool === 'none' ? [] : [STOP_TEXT],
        seed: first,
        samples: turns.length,
        task,
        signal,
      }),
    execute: async (code, state) => {
      const refused = notRun(state.limits, code)
      const verdict = refused ?? (await sandbox.execute({ source: code, seed }, executionLimits)).verdict
      return { verdict, output: toolOutput(state, verdict, (text) => tokenizer.encode(text)) }
    },
    record: async (state, event) => {
      signal.throwIfAborted()
      const stands = (await journal.putIfAbsent(slotOf(state.id, event), event)) as RolloutEvent
      tell({ events: ++events })
      return stands
    },
  }
}

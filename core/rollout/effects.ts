import type { AnswerSampling } from '../../contracts/config/rollout.ts'
import type { RolloutEvent } from '../../contracts/rollout.ts'
import type { RunConfig } from '../../contracts/run-config.ts'
import type { ExecutionResult } from '../../contracts/execution-result.ts'
import { seededStream } from '../random/seeded-stream.ts'
import type { RolloutEffects } from './drive.ts'
import { slotOf } from './journal.ts'
import type { RolloutState } from './rollout-state.ts'
import { historyOf, notRun, stopTexts } from './next-action.ts'
import { toolOutput } from './tool-output.ts'
import { withShortStreams } from './trajectory-row.ts'
import type { CancelSignal } from '../../contracts/ports/cancel-signal.ts'
import type {
  ExecutionLimits,
  Journal,
  ModelServer,
  Sandbox,
  ServablePolicy,
  Tokenizer,
} from '../../contracts/ports/index.ts'

/** What a rollout asks of the world. */
export interface RolloutServices {
  models: Pick<ModelServer, 'generate'>
  sandbox: Pick<Sandbox, 'execute' | 'openSession'>
  tokenizer: Pick<Tokenizer, 'encode'>
  /** What one program may use. */
  executionLimits: ExecutionLimits
}

export interface EffectsOptions {
  policy: ServablePolicy
  settings: AnswerSampling
  /** Key of the task: its requests go to one server while that lives. */
  task: string
  journal: Journal
  /** Called after each event with the number of events. */
  tell: (progress: { events: number }) => void
  signal: CancelSignal
}

/**
 * What a rollout's interpreter has run: the blocks that ended by themselves. A new session runs them again before
 * each block, so that no slot is held while the policy writes, and a lost one loses nothing.
 */
function finishedBlocks({ turns }: RolloutState): string[] {
  return turns.flatMap(({ toolCall }) =>
    toolCall !== null && (toolCall.verdict.kind === 'ok' || toolCall.verdict.kind === 'error') ? [toolCall.code] : [],
  )
}

/** Generation by the model server, execution in the sandbox, and a journal that keeps both. */
export function effectsFor(
  { models, sandbox, tokenizer, executionLimits }: RolloutServices,
  config: RunConfig,
  { policy, settings, task, journal, tell, signal }: EffectsOptions,
): RolloutEffects {
  // One seed per run, so that identical programs of its samples are one execution.
  const seed = seededStream(config.seed, 'executions').uint32()
  const programOf = (source: string) => ({ source, seed })
  const execute = async (code: string, state: RolloutState): Promise<ExecutionResult> => {
    if (config.rollout.session === 'stateless') return (await sandbox.execute(programOf(code), executionLimits)).verdict
    const session = await sandbox.openSession(finishedBlocks(state).map(programOf), executionLimits)
    try {
      return await session.run(programOf(code), executionLimits)
    } finally {
      await session.close()
    }
  }
  let events = journal.entries().size
  return {
    generate: ({ state, turns, seed: first, tokensMax }) =>
      models.generate({
        policy,
        promptTokenIds: historyOf(state),
        sampling: settings.sampling,
        tokensMax,
        stop: settings.tool === 'none' ? [] : stopTexts(state),
        stopTokenIds: state.limits.endTokenIds ?? [],
        seed: first,
        samples: turns.length,
        task,
        signal,
      }),
    execute: async (code, state) => {
      const verdict = notRun(state.limits, code) ?? (await execute(code, state))
      // What the policy is shown is decided here, from all that was printed; what lasts is short.
      const output = toolOutput(state, verdict, (text) => tokenizer.encode(text))
      return { verdict: withShortStreams(verdict), output }
    },
    record: async (state, event) => {
      signal.throwIfAborted()
      const stands = (await journal.putIfAbsent(slotOf(state.id, event), event)) as RolloutEvent
      tell({ events: ++events })
      return stands
    },
  }
}

import { activityInfo } from '@temporalio/activity'
import { rolloutsKey } from '../contracts/artifact-keys.ts'
import { sampleId } from '../contracts/ids.ts'
import { shown } from '../contracts/text.ts'
import { type Interval, union } from '../core/metrics/intervals.ts'
import { advance } from '../core/rollout/advance.ts'
import type { RolloutEffects } from '../core/rollout/drive.ts'
import { nextAction } from '../core/rollout/next-action.ts'
import { planGenerations } from '../core/rollout/plan-generations.ts'
import type { RolloutState } from '../core/rollout/rollout-state.ts'
import type { RolloutEvent } from '../contracts/rollout.ts'
import { onSamples, type RolloutTaskInput, taskOf } from './rollout-task.ts'
import type { Services } from './services.ts'

export interface TracedTurnInput extends RolloutTaskInput {
  sample: number
}

/** The progress of a sample after an activity, with a text for people to read. */
export interface TracedTurnResult {
  /** The next action. */
  next: 'generate' | 'execute' | 'finish'
  /** Index of its turn. */
  turn: number
  /** The end of the latest text or output. */
  shows: string
  /** When its requests were at the model servers. */
  requests: Interval[]
  /** Which attempt this is; results of earlier versions do not say. */
  attempt?: number
}

const SHOWN_CHARACTERS = 1_000

function lastText(state: RolloutState): string {
  const turn = state.turns.at(-1)
  return shown((turn?.toolCall?.output ?? turn?.text ?? '').slice(-SHOWN_CHARACTERS), SHOWN_CHARACTERS)
}

function resultOf(state: RolloutState, requests: readonly Interval[]): TracedTurnResult {
  const action = nextAction(state)
  const turn = action.kind === 'finish' ? Math.max(0, state.turns.length - 1) : action.turn
  return { next: action.kind, turn, shows: lastText(state), requests: union(requests), attempt: activityInfo().attempt }
}

/** Makes an event of a sample; null if another one is next, because an earlier attempt made it. */
type MakeEvent = (effects: RolloutEffects, state: RolloutState, runSeed: number) => Promise<RolloutEvent | null>

const generated: MakeEvent = async (effects, state, runSeed) => {
  const action = nextAction(state)
  if (action.kind !== 'generate') return null
  const [planned] = planGenerations(runSeed, [state])
  const [sampled] = await effects.generate({ ...planned!, state, tokensMax: action.tokensMax })
  return { kind: 'generated', turn: action.turn, ...sampled! }
}

const executed: MakeEvent = async (effects, state) => {
  const action = nextAction(state)
  if (action.kind !== 'execute') return null
  return { kind: 'executed', turn: action.turn, ...(await effects.execute(action.code, state)) }
}

/** Makes and journals one event of one sample, with the journal, seeds and limits of `rolloutTask`, which writes the finished record. */
function oneEvent(services: Omit<Services, 'trainer' | 'grader' | 'heldOutTasks' | 'histories'>, make: MakeEvent) {
  return async (input: TracedTurnInput): Promise<TracedTurnResult> => {
    const asked = await taskOf(services, input)
    const { config, task } = asked
    if ((await services.store.find(rolloutsKey(task.id))) !== null) {
      return { next: 'finish', turn: 0, shows: 'all samples were done', requests: [] }
    }
    const about = { sample: sampleId(task.id, input.sample) }
    return onSamples(services, asked, input, about, async (states, effects, requests) => {
      const state = states[input.sample]!
      const event = await make(effects, state, config.seed)
      return resultOf(event === null ? state : advance(state, await effects.record(state, event)), requests)
    })
  }
}

/** Samples one turn of one rollout. */
export const generateTurn = (services: Omit<Services, 'trainer' | 'grader' | 'heldOutTasks' | 'histories'>) =>
  oneEvent(services, generated)

/** Runs the program that a turn ended with. */
export const executeCode = (services: Omit<Services, 'trainer' | 'grader' | 'heldOutTasks' | 'histories'>) =>
  oneEvent(services, executed)

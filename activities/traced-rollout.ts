import { activityInfo } from '@temporalio/activity'
import { rolloutsKey } from '../contracts/artifact-keys.ts'
import { sampleId } from '../contracts/ids.ts'
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

/** Where a sample stands after an activity, and what a person may read of it. */
export interface TracedTurnResult {
  /** What has to happen next. */
  next: 'generate' | 'execute' | 'finish'
  /** Index of the turn that it is about. */
  turn: number
  /** The end of what was written or printed last. */
  shows: string
  /** When it was at the model servers. */
  requests: Interval[]
  /** Which attempt this is; results of earlier versions do not say. */
  attempt?: number
}

const SHOWN_CHARACTERS = 1_000

function lastText(state: RolloutState): string {
  const turn = state.turns.at(-1)
  return (turn?.toolCall?.output ?? turn?.text ?? '').slice(-SHOWN_CHARACTERS)
}

function resultOf(state: RolloutState, requests: readonly Interval[]): TracedTurnResult {
  const action = nextAction(state)
  const turn = action.kind === 'finish' ? Math.max(0, state.turns.length - 1) : action.turn
  return { next: action.kind, turn, shows: lastText(state), requests: union(requests), attempt: activityInfo().attempt }
}

/** What one event of a sample needs; null if that is not what comes next, because an earlier attempt did it. */
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

/** One event of one sample, journaled: the same journal, seeds and limits as `rolloutTask`, which finishes such a task too. */
function oneEvent(services: Omit<Services, 'trainer' | 'grader' | 'heldOutTasks' | 'histories'>, make: MakeEvent) {
  return async (input: TracedTurnInput): Promise<TracedTurnResult> => {
    const asked = await taskOf(services, input)
    const { config, task } = asked
    if ((await services.store.find(rolloutsKey(task.id))) !== null) {
      return { next: 'finish', turn: 0, shows: 'all samples had ended', requests: [] }
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

import type { Ending, Rollout, RolloutLimits } from '../../contracts/rollout.ts'
import { answerIn } from '../answers/answer-in.ts'
import type { RolloutConfig } from '../../contracts/config/rollout.ts'

/** A rollout on its way: plain JSON, changed only by `advance`. */
export type RolloutState = Readonly<
  Omit<Rollout, 'ending'> & {
    limits: RolloutLimits
    /** The program that waits for its result; null if none does. */
    pendingCode: string | null
    /** Null while the rollout continues. */
    ending: Ending | null
  }
>

export type RolloutStart = Pick<RolloutState, 'id' | 'policy' | 'limits' | 'promptTokenIds'>

/** Tokens that the response may still take. */
export function roomLeft(state: RolloutState): number {
  return state.limits.responseTokensMax - state.responseTokenIds.length
}

/** Ends a rollout: `answered` if any turn gave an answer (the latest counts), else for the reason given. */
export function end(state: RolloutState, reason: Exclude<Ending, 'answered'>): RolloutState {
  const answers = state.turns.map((turn) => answerIn(turn.text))
  const answer = answers.findLast((found) => found !== null) ?? null
  return { ...state, answer, ending: answer === null ? reason : 'answered' }
}

/** A rollout before its first turn; already over if its prompt is too long. */
export function startRollout(start: RolloutStart): RolloutState {
  const state: RolloutState = {
    ...start,
    responseTokenIds: [],
    responseMask: [],
    responseLogprobs: [],
    turns: [],
    pendingCode: null,
    ending: null,
    answer: null,
  }
  return start.promptTokenIds.length > start.limits.promptTokensMax ? end(state, 'too_long') : state
}

/** What a rollout may use. Without the tool there is one generation and nothing stops it but its end. */
export function limitsOf(config: RolloutConfig, tool: 'python' | 'none'): RolloutLimits {
  const { promptTokensMax, responseTokensMax, toolOutputTokensMax, codeLinesMax, shownError } = config
  const turnsMax = tool === 'none' ? 1 : config.turnsMax
  return { turnsMax, promptTokensMax, responseTokensMax, toolOutputTokensMax, codeLinesMax, shownError }
}

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

/** Generations so far: turns, but for those that took several. */
export function generationsOf({ turns }: Pick<RolloutState, 'turns'>): number {
  return turns.reduce((sum, { generations = 1 }) => sum + generations, 0)
}

/** Tokens that the response may still take. */
export function roomLeft(state: RolloutState): number {
  return state.limits.responseTokensMax - state.responseTokenIds.length
}

/** The answer of the latest turn that gave one; null if none did. */
export function lastAnswer(turns: Rollout['turns']): string | null {
  const answers = turns.map(({ text }) => answerIn(text))
  return answers.findLast((found) => found !== null) ?? null
}

/** Ends a rollout: `answered` if any turn gave an answer, else for the reason given. */
export function end(state: RolloutState, reason: Exclude<Ending, 'answered'>): RolloutState {
  const answer = lastAnswer(state.turns)
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

/**
 * What a rollout may use. Without the tool there is one generation and nothing stops it but its end.
 * @param endTokenIds the tokens behind which a generation ends
 */
export function limitsOf(
  config: RolloutConfig,
  tool: 'python' | 'none',
  endTokenIds: readonly number[] = [],
): RolloutLimits {
  const { promptTokensMax, responseTokensMax, toolOutputTokensMax, codeLinesMax, shownError, toolCalls } = config
  const turnsMax = tool === 'none' ? 1 : config.turnsMax
  return {
    turnsMax,
    promptTokensMax,
    responseTokensMax,
    toolOutputTokensMax,
    codeLinesMax,
    shownError,
    toolCalls,
    ...(endTokenIds.length > 0 && { endTokenIds }),
  }
}

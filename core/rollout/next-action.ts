import type { Rollout, NotRun, RolloutLimits } from '../../contracts/rollout.ts'
import { roomLeft, type RolloutState } from './rollout-state.ts'

/** Where the server stops: behind the line that closes a fence. The text of the generation includes it. */
export const STOP_TEXT = '\n```\n'

/** What the caller does next; `generate` and `execute` answer with the event of the same turn. */
export type RolloutAction =
  /** Sample at most `tokensMax` tokens after `historyOf(state)`, up to the end token or `STOP_TEXT`. */
  | { kind: 'generate'; turn: number; tokensMax: number }
  /** Run the program, unless it may not be (`notRun`), and make its `output` block (`toolOutput`). */
  | { kind: 'execute'; turn: number; code: string }
  | { kind: 'finish'; rollout: Rollout }

/** What has to happen next in a rollout: a function of its state alone. */
export function nextAction(state: RolloutState): RolloutAction {
  const { limits: _limits, pendingCode, ending, ...rollout } = state
  if (ending !== null) return { kind: 'finish', rollout: { ...rollout, ending } }
  if (pendingCode !== null) return { kind: 'execute', turn: state.turns.length - 1, code: pendingCode }
  return { kind: 'generate', turn: state.turns.length, tokensMax: roomLeft(state) }
}

/** The token ids that the next generation continues: the prompt and everything sampled and forced since. */
export function historyOf(state: RolloutState): number[] {
  return [...state.promptTokenIds, ...state.responseTokenIds]
}

/** The verdict on a program that may not be run, as it has too many lines; null for one that is to be executed. */
export function notRun({ codeLinesMax }: RolloutLimits, code: string): NotRun | null {
  if (codeLinesMax === 'none' || code.split('\n').length <= codeLinesMax) return null
  return { kind: 'not_run', codeLinesMax }
}

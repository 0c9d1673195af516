import type { Rollout, NotRun, RolloutLimits } from '../../contracts/rollout.ts'
import { generationsOf, roomLeft, type RolloutState } from './rollout-state.ts'

/** Where the server stops: behind the line that closes a fence. The text of the generation includes it. */
export const STOP_TEXT = '\n```\n'
/** The same fence as others write it. A server takes four such texts. */
const OTHER_STOP_TEXTS = ['\n````\n', '\n~~~\n']

/** What the caller does next; `generate` and `execute` answer with the event of the same turn. */
export type RolloutAction =
  /** Sample at most `tokensMax` tokens after `historyOf(state)`, up to the end token or one of `stopTexts`. */
  | { kind: 'generate'; turn: number; tokensMax: number }
  /** Run the program, unless it may not be (`notRun`), and make its `output` block (`toolOutput`). */
  | { kind: 'execute'; turn: number; code: string }
  | { kind: 'finish'; rollout: Rollout }

/** What has to happen next in a rollout: a function of its state alone. */
export function nextAction(state: RolloutState): RolloutAction {
  const { limits: _limits, pendingCode, ending, ...rollout } = state
  if (ending !== null) return { kind: 'finish', rollout: { ...rollout, ending } }
  const generations = generationsOf(state)
  if (pendingCode !== null) return { kind: 'execute', turn: generations - 1, code: pendingCode }
  return { kind: 'generate', turn: generations, tokensMax: roomLeft(state) }
}

/** The texts behind which the next generation ends: none in the last turn, as its program is not run. */
export function stopTexts({ turns, limits }: Pick<RolloutState, 'turns' | 'limits'>): string[] {
  const { turnsMax, toolCalls } = limits
  if (toolCalls === 'exact') return [STOP_TEXT]
  const goesOn = turns.length > 0 && turns.at(-1)!.toolCall === null
  const turn = turns.length + (goesOn ? 0 : 1)
  return turn < turnsMax ? [STOP_TEXT, ...OTHER_STOP_TEXTS] : []
}

/** The token ids that the next generation continues: the prompt and everything sampled and forced since. */
export function historyOf(state: RolloutState): number[] {
  return [...state.promptTokenIds, ...state.responseTokenIds]
}

/** What the sandbox takes, UTF-8. Tokens bound a program, but one token may be 128 spaces. */
export const CODE_BYTES_MAX = 262_144

/** Bytes of a text in UTF-8, where half a surrogate pair counts as the replacement character. */
function utf8Bytes(text: string): number {
  let bytes = 0
  for (const character of text) {
    const point = character.codePointAt(0)!
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return bytes
}

/** The verdict on a program that may not be run, as it is too long; null for one that is to be executed. */
export function notRun({ codeLinesMax }: RolloutLimits, code: string): NotRun | null {
  if (codeLinesMax !== 'none' && code.split('\n').length > codeLinesMax) return { kind: 'not_run', codeLinesMax }
  return utf8Bytes(code) > CODE_BYTES_MAX ? { kind: 'not_run', codeBytesMax: CODE_BYTES_MAX } : null
}

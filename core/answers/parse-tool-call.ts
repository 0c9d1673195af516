import type { FenceReading } from './fence-lines.ts'
import { type FencedBlock, fencedBlocks } from './fenced-blocks.ts'

/** What a turn asks to run. */
export type ParsedToolCall =
  | { kind: 'none' }
  /** A program that the text ends in before its fence closes. */
  | { kind: 'unclosed' }
  /** Something that is written like a call, in a form that nobody runs. */
  | { kind: 'not_understood' }
  | { kind: 'call'; code: string }

/** A turn as the rollout reads it. */
export interface ReadTurn {
  call: ParsedToolCall
  /** What stands behind the closing fence of a call. */
  behind: string
  /** Whether the call's closing fence stands in a string, so that the program may go on behind it. */
  mayGoOn: boolean
}

/** Calls in other protocols. */
const FOREIGN_CALL =
  /<\|python_tag\|>|<(?:tool_?\w*|function_?\w*|python|execute\w*|code(?:_interpreter)?|invoke)(?:[ =][^<>\n]{0,80})?>|^[ \t]*(?:```|~~~)[ \t]*(?:i?python|py)[\d.]*[ \t]+\S.*\(.*\)/im
const FOREIGN_LABEL = /^(?:tool_?\w*|code\w*|pycon|python[-_]\w+|sage\w*|ipynb|jupyter|repl|exec\w*|interpreter|run)$/
/** A line that only a program has. */
const PYTHON_LINE =
  /^[ \t]*(?:print\(|import \w+[ \t]*$|from \w+(?:\.\w+)* import |def \w+\(.*\):|for \w+ in .*:[ \t]*$)/m

function looksMeant({ kind, label, body }: FencedBlock): boolean {
  if (kind === 'other' && FOREIGN_LABEL.test(label)) return true
  return (kind === 'other' || kind === 'unlabelled') && PYTHON_LINE.test(body)
}

/**
 * Reads the tool call of one turn: its first `python` block. Generation stops where that block closes, so what follows in
 * the same turn is at most the rest of the token that closed it; a further block there was written without the result of
 * the first and is not a call.
 */
export function readTurn(turnText: string, reading: FenceReading = 'usual'): ReadTurn {
  const blocks = fencedBlocks(turnText, reading)
  const program = blocks.find((block) => block.kind === 'python')
  const without = (kind: 'none' | 'unclosed' | 'not_understood') => ({ call: { kind }, behind: '', mayGoOn: false })
  if (program?.closed === false) return without('unclosed')
  if (program !== undefined) {
    const { body: code, end, closedInString } = program
    return { call: { kind: 'call', code }, behind: turnText.slice(end), mayGoOn: closedInString }
  }
  return without(blocks.some(looksMeant) || FOREIGN_CALL.test(turnText) ? 'not_understood' : 'none')
}

/** The tool call of one turn: `readTurn`. */
export function parseToolCall(turnText: string, reading?: FenceReading): ParsedToolCall {
  return readTurn(turnText, reading).call
}

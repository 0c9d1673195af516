import { fencedBlocks } from './fenced-blocks.ts'

/** The program that a turn asks to run: none, one that the text ends in before its fence closes, or one to run. */
export type ParsedToolCall = { kind: 'none' } | { kind: 'unclosed' } | { kind: 'call'; code: string }

/**
 * Reads the tool call of one turn: its first `python` block. Generation stops where that block closes, so what follows in
 * the same turn is at most the rest of the token that closed it; a further block there was written without the result of
 * the first and is not a call.
 */
export function parseToolCall(turnText: string): ParsedToolCall {
  const program = fencedBlocks(turnText).find((block) => block.kind === 'python')
  if (program === undefined) return { kind: 'none' }
  return program.closed ? { kind: 'call', code: program.body } : { kind: 'unclosed' }
}

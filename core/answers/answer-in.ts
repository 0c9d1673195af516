import { extractAnswer } from './extract-answer.ts'
import { fencedBlocks } from './fenced-blocks.ts'

/**
 * The answer that a turn or a whole transcript gives: the last complete box of its prose, null if there is none. A box
 * inside a `python` or `output` block is a program's text, not an answer.
 */
export function answerIn(text: string): string | null {
  let end = text.length
  for (const block of fencedBlocks(text).toReversed()) {
    const answer = extractAnswer(text.slice(block.end, end))
    if (answer !== null) return answer
    end = block.start
  }
  return extractAnswer(text.slice(0, end))
}

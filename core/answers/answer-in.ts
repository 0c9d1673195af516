import { extractAnswer } from './extract-answer.ts'
import { type FencedBlock, fencedBlocks } from './fenced-blocks.ts'

interface Stretch {
  start: number
  end: number
}

/** A line that is nothing but a box, between the signs of a formula at most. */
const BOX_ALONE = /^[\s$]*(?:\\[[(])?\s*\\(?:boxed|fbox|framebox)\b.*[}\w][\s$.]*(?:\\[\])])?\s*$/

/**
 * Whether a block holds the policy's own words: LaTeX or Markdown, or, without a label, nothing but boxes. Directly behind a program an
 * unlabelled block is what the program is said to have printed.
 */
function isProse({ kind, body }: FencedBlock, before: FencedBlock | undefined): boolean {
  if (kind === 'prose') return true
  if (kind !== 'unlabelled' || before !== undefined) return false
  const lines = body.split('\n').filter((line) => line.trim() !== '')
  return lines.length > 0 && lines.every((line) => BOX_ALONE.test(line))
}

/** The stretches of a text outside of code, in order. */
function proseIn(text: string): Stretch[] {
  const stretches: Stretch[] = []
  let start = 0
  let before: FencedBlock | undefined
  for (const block of fencedBlocks(text)) {
    const isBehind = before !== undefined && text.slice(before.end, block.start).trim() === ''
    if (!isProse(block, isBehind ? before : undefined)) {
      stretches.push({ start, end: block.start })
      start = block.end
    }
    before = block
  }
  return [...stretches, { start, end: text.length }]
}

const THOUGHT = /<(\/?)(?:think(?:ing)?|reasoning|thoughts?)>/gi

/**
 * The stretches without what stands in a thought: up to its closing tag, from the opening one or, as a prompt may have opened it, from
 * the beginning. A thought that nobody closes is none.
 */
function withoutThoughts(text: string, stretches: readonly Stretch[]): Stretch[] {
  const kept: Stretch[] = []
  let open: { kept: number; before: Stretch } | null = null
  for (const stretch of stretches) {
    let { start } = stretch
    for (const tag of text.slice(stretch.start, stretch.end).matchAll(THOUGHT)) {
      const at = stretch.start + tag.index
      if (tag[1] === '') {
        open ??= { kept: kept.length, before: { start, end: at } }
        continue
      }
      kept.length = open?.kept ?? 0
      if (open !== null) kept.push(open.before)
      open = null
      start = at + tag[0].length
    }
    kept.push({ start, end: stretch.end })
  }
  return kept
}

/**
 * The answer that a turn or a whole transcript gives: the last boxes of its prose, null if there are none. What stands in a fenced block of
 * code or output is a program's text, whatever the label, and what stands in `<think>` is not said yet.
 */
export function answerIn(text: string): string | null {
  for (const { start, end } of withoutThoughts(text, proseIn(text)).toReversed()) {
    const answer = extractAnswer(text.slice(start, end))
    if (answer !== null) return answer
  }
  return null
}

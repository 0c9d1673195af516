import { type Box, boxesIn } from './boxes.ts'
import { isPlaceholder } from './placeholder.ts'
import { belongTogether, isExcluded } from './same-answer.ts'

/** Boxes that one answer may consist of. */
const BOXES_MAX = 20

/** Characters of a box that tell whether it holds a placeholder. */
const LOOKED_AT = 100

/** What a box holds, without the commands of boxes inside it. */
function contentOf(text: string, { from, to }: Box, charactersMax = Infinity): string {
  return text
    .slice(from, Math.min(to, from + charactersMax))
    .replace(/\\(?:boxed|fbox|framebox)\s*\{\s*\}/g, '')
    .replace(/\{\\(?:boxed|fbox|framebox)\s*\{([^{}]*)\}\}/g, '{$1}')
    .replace(/\\(?:boxed|fbox|framebox)(?=\s*\{)/g, '')
    .trim()
}

/**
 * The answer in a text: the content of its last complete box, trimmed; null if there is none. Boxes that belong together with the last
 * one, as in `\boxed{2} and \boxed{3}`, are one answer, with commas between. Of two boxes the one that begins later is the last, so of
 * nested ones the inner. A box that is cut off, blank or holds a placeholder does not count and does not hide an earlier one. Linear in
 * time.
 */
export function extractAnswer(text: string): string | null {
  const boxes = boxesIn(text).filter((box) => !isPlaceholder(contentOf(text, box, LOOKED_AT)))
  while (boxes.length > 1 && isExcluded(text.slice(boxes.at(-2)!.end, boxes.at(-1)!.start))) boxes.pop()
  const last = boxes.at(-1)
  if (last === undefined) return null
  const parts = [last]
  for (let index = boxes.length - 2; index >= 0 && parts.length < BOXES_MAX; index--) {
    const [box, next] = [boxes[index]!, parts[0]!]
    if (box.end > next.start) break
    const before = text.slice(Math.max(boxes[index - 1]?.end ?? 0, box.start - 200), box.start)
    if (!belongTogether(before, text.slice(box.end, next.start))) break
    parts.unshift(box)
  }
  const contents = parts.map((box) => contentOf(text, box)).filter((content) => content !== '')
  // A box that is only set again and again is one answer.
  if (contents.length > 2 && new Set(contents).size === 1) return contents[0]!
  return contents.length === 0 ? null : contents.join(', ')
}

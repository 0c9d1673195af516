const BOX = '\\boxed{'
const BACKSLASH = 92
const OPEN = 123
const CLOSE = 125
/** Marks a brace on the stack that opens no box. */
const PLAIN = -1

function isBrace(code: number): boolean {
  return code === OPEN || code === CLOSE
}

/**
 * The content of the last complete `\boxed{…}` of a text, trimmed; null if there is none.
 *
 * Of two boxes the one that begins later is the last, so of nested ones the inner. Braces match; `\{` and `\}` are
 * signs, not braces. A box that is cut off or blank does not count and does not hide an earlier one. Linear in time: one pass with a
 * stack of the braces open inside a box.
 */
export function extractAnswer(text: string): string | null {
  const open: number[] = []
  let begin = -1
  let answer: string | null = null
  let at = text.indexOf(BOX)
  while (at >= 0 && at < text.length) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) {
      if (text.startsWith(BOX, at)) {
        open.push(at + BOX.length)
        at += BOX.length
        continue
      }
      const escapesBrace = isBrace(text.charCodeAt(at + 1))
      // `\\{` is a line break and a brace, but the second backslash of `\\boxed{` begins a box.
      const escapesBackslash = text.charCodeAt(at + 1) === BACKSLASH && !text.startsWith(BOX, at + 1)
      at += escapesBrace || escapesBackslash ? 2 : 1
      continue
    }
    if (code === OPEN && open.length > 0) open.push(PLAIN)
    if (code === CLOSE && open.length > 0) {
      const start = open.pop()!
      const content = start > begin ? text.slice(start, at).trim() : ''
      if (content !== '') {
        begin = start
        answer = content
      }
    }
    at++
  }
  return answer
}

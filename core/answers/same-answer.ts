/** Characters of the text between two boxes that is looked at. */
const BETWEEN_MAX = 120

/** Words behind which a box replaces or follows from the one before it, and does not stand beside it. */
const ANOTHER =
  /\b(?:wait|but|no|not|so|thus|hence|therefore|then|actually|rather|instead|sorry|hm+|oops|mistake|wrong|check|checking|recheck|verify|again|correct|corrected|correction|now|let|replace[ds]?)\b|\\(?:implies|Rightarrow|Longrightarrow|therefore|iff)(?![A-Za-z])|[→⇒∴]/i
/** The same of a value that is written once more. */
const RESTATED =
  /\b(?:final|finally|answer|gives?|gets?|yields?|which|since|because|equivalently|approximately|approx|about|roughly|simplif\w*|becomes?|equals|equal|means?|i\.?e|that is|or rather|alternatively|we|i)\b|[≈=~]\s*$|\\(?:approx|simeq|to)(?![A-Za-z])/i

/** `x =`, `the width is`: what names a value, directly before its box. */
const ASSIGNMENT = /([A-Za-z](?:_(?:\w|\{\w+\}))?(?:\([^()\s]{1,10}\))?|\\[A-Za-z]+)\s*=\s*$/
/** `(b)`, `part (b)`, `(ii)`: what numbers the parts of a question. A `2.` numbers steps. */
const PART = /(?:^|[\s,;.])(?:\((?:[b-h]|ii|iii|iv|v)\)|part \(?[b-h2-9]\)?:?)(?:\s+[^\s.]+){0,5}\s*$/i
/** `- `, `2. `: the next item of a list that holds boxes alone. */
const ITEM = /^[ \t.,;]*\n\s*(?:[-•]|\(?[2-9a-h][.)])$/
/** The box that follows is named as what the answer is not. */
const EXCLUDED = /^[\s,;(]*(?:and|but)?\s*(?:not|rather than|instead of)\s*(?:[A-Za-z]\s*=)?$/i
const JOINED = /^(?:[^\s,;.!?=]+(?:\s+|(?=[,;&]))){0,4}?(?:,|;|&|and\b|or\b)\s*(?:(?:and|or)\b\s*)?(.*)$/is

/** The text between two boxes without what sets it: delimiters, spacing, `\text{…}`, Markdown. */
function plainly(text: string): string {
  return text
    .replace(/\\[()[\]]|\$|\\[,;:! ]|~|\\q?quad(?![A-Za-z])|\*+|&(?==)/g, ' ')
    .replace(/\\(?:text|textrm|textbf|mathrm|mbox)\s*\{([^{}]*)\}/g, ' $1 ')
    .replace(/[^\S\n]+/g, ' ')
    .trimEnd()
}

/** Whether the second of two boxes is what the answer is not, as in `\boxed{3}, not \boxed{4}`. */
export function isExcluded(between: string): boolean {
  return between.length <= BETWEEN_MAX && EXCLUDED.test(plainly(between))
}

/**
 * Whether two boxes in a row are parts of one answer, as in `\boxed{2} and \boxed{3}` or `x = \boxed{2}, y = \boxed{3}`, and the second
 * is not said instead of the first.
 * @param before the text before the first box, its end suffices
 * @param between the text between the two
 */
export function belongTogether(before: string, between: string): boolean {
  if (between.length > BETWEEN_MAX) return false
  const set = plainly(between)
  const text = set.trim()
  if (text === '') return !between.includes('\n')
  if (ANOTHER.test(text)) return false
  if (PART.test(text)) return true
  const name = ASSIGNMENT.exec(text)?.[1]
  const nameBefore = ASSIGNMENT.exec(plainly(before.slice(-BETWEEN_MAX)))?.[1]
  const rest = name === undefined ? text : text.replace(ASSIGNMENT, '').trim()
  if (RESTATED.test(rest)) return false
  const otherName = name !== undefined && nameBefore !== undefined && name !== nameBefore
  if (ITEM.test(set.replace(ASSIGNMENT, '').trimEnd())) return true
  if (otherName && /^[\s,;&\\]*(?:and|or)?[\s,]*$/i.test(rest)) return true
  const joined = JOINED.exec(rest)
  if (joined === null || /[.!?](?:\s|$)/.test(rest)) return false
  return joined[1]!.split(/\s+/).length <= 5 && !/[,;]/.test(joined[1]!)
}

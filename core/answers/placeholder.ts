/** Words that stand in a template where an answer is to be put, and in no answer. */
const WORDS = new Set(
  (
    'a an the your my our its his her this that here there put insert write enter place give fill in is goes of for to be full ' +
    'final correct right numeric numerical exact actual computed simplified short single last boxed own some any ' +
    'answer answers ans result results solution value number expression integer option choice letter output response'
  ).split(' '),
)
/** One of them has to be there: `here` or `a` alone may be an answer. */
const NOUNS = /^(?:answers?|ans|results?|solution|value|number|expression|option|choice|letter|output|response)$/
/** Words that decline to answer. "There is no solution" is an answer and not among them. */
const NOTHING = /^(?:none|null|nil|n\/?a|nan|tbd|todo|unknown|undetermined|placeholder|xxx+|ellipsis)$/
const CHARACTERS_MAX = 80
/** LaTeX that only styles or spaces the content. */
const STYLE = /\\(?:text|mathrm|mathbf|mathit|textbf|textit|textrm|mbox|emph|q?quad)(?![A-Za-z])|\\[,;:! ]|\$/g

/**
 * Whether the content of a box is a placeholder instead of an answer, as a model copies it from its prompt: `...`, `?`, `your answer
 * here`, `\text{final answer}`, `None`, or nothing at all.
 */
export function isPlaceholder(content: string): boolean {
  if (content.length > CHARACTERS_MAX) return false
  const unset = content.replace(STYLE, ' ')
  const plain = unset
    .replace(/\\(?:[lcvd]?dots\w*|square|Box|blacksquare|ldotp|underline|phantom|hspace)(?![A-Za-z])|\\_/g, ' ')
    .replace(/[…\s.?_*{}<>[\]()"'`~-]+/g, ' ')
    .trim()
  if (plain === '') return /[.…?_]|dots|square|[Bb]ox|underline|phantom/.test(unset) || /^[{}\s]*$/.test(unset)
  if (NOTHING.test(plain.toLowerCase())) return true
  const words = plain
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(' ')
  // `option A` is an answer, and so is `a`.
  if (/^an?$/.test(words.at(-1)!)) return false
  return words.every((word) => WORDS.has(word)) && words.some((word) => NOUNS.test(word))
}

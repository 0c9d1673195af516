const UNITS = [
  'km/h|m/s|mph|kmph|cm|mm|km|dm|kg|mg|ml|mL|rad',
  '(?:centi|milli|kilo|deci)?(?:meters?|metres?|grams?|liters?|litres?)',
  'inch(?:es)?|in\\.|feet|foot|ft|yards?|miles?|pounds?|lbs?|ounces?|oz|gallons?',
  'seconds?|sec|minutes?|min|hours?|hrs?|days?|weeks?|months?|years?',
  'dollars?|cents?|euros?|units?|degrees?|radians?|percent',
].join('|')
// One letter is a unit only inside \text{}: a plain `5 m` may be five times m.
const UNITS_IN_TEXT = `${UNITS}|[mghsJNWVAKLC]`
const POWER = String.raw`(?:\^(?:\d|\{\d\}))?`
const COMPOUND = (unit: string) => `(?:${unit})${POWER}(?:\\s*(?:/|per)\\s*(?:${unit})${POWER})?`
const TEXT = String.raw`\\(?:text|textrm|textbf|textit|mathrm|mathbf|mbox)`

/** What is written differently and means the same, in the order in which it is undone. */
const REWRITES: readonly (readonly [what: string, pattern: RegExp, replacement: string])[] = [
  ['dollar signs and math delimiters', /\\?\$|\\[()[\]]/g, ''],
  ['fractions in other sizes', /\\[dt]frac(?![a-zA-Z])/g, '\\frac'],
  ['brackets in other sizes', /\\(?:left|right)(?![a-zA-Z])/g, ''],
  ['style commands', /\\(?:displaystyle|textstyle)(?![a-zA-Z])/g, ''],
  ['thousands in braces or with thin spaces', /(?<=\d)(?:\{,\}|\\[,!])+(?=\d{3}(?!\d))/g, ''],
  ['spacing commands', /\\[,;:! ]|~|\\q?quad(?![a-zA-Z])/g, ' '],
  ['degrees', /\^(?:\\circ(?![a-zA-Z])|\{\\circ\})|°|\\degree(?![a-zA-Z])/g, ''],
  ['percent', /\\?%/g, ''],
  ['units in text', new RegExp(`(?<=[\\d}]\\s?)${TEXT}\\{\\s*${COMPOUND(UNITS_IN_TEXT)}\\s*\\}${POWER}`, 'g'), ''],
  ['text', new RegExp(`${TEXT}\\{([^{}]*)\\}`, 'g'), ' $1 '],
  ['units', new RegExp(`(?<=[\\d}]\\s{0,2})${COMPOUND(UNITS)}(?![a-zA-Z(])`, 'g'), ''],
  ['leading zeros', /(?<![\d.,]|\d\s)0+(?=\d)/g, ''],
  ['a point without a zero', /(?<![\w.)}\]])\.(?=\d)/g, '0.'],
]

const THOUSANDS = /(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,])/g
const isDigit = (character: string | undefined) => character !== undefined && character >= '0' && character <= '9'

/** Commas part numbers into thousands, except in brackets, where `(1,234)` is a pair. */
function withoutThousands(text: string): string {
  return /[([{]/.test(text) ? text : text.replace(THOUSANDS, (number) => number.replaceAll(',', ''))
}

/** Spaces mean nothing, except between two digits. */
function withoutSpaces(text: string): string {
  return text.replace(/\s+/g, (run, at: number) => (isDigit(text[at - 1]) && isDigit(text[at + run.length]) ? ' ' : ''))
}

/**
 * The normal form of an answer: two answers with the same one are equal. Undone are spaces, `\dfrac` and `\tfrac`,
 * `\left` and `\right`, `\text{}`, units, degrees, dollar and percent signs, thousands separators and leading zeros.
 * Arithmetic is not done: `0.5` and `1/2` are left to the grader. Case counts. What would become empty stays as it is,
 * so that `\%` does not equal `\$`. Linear in time.
 */
export function normalForm(answer: string): string {
  let text = answer
  for (const [, pattern, replacement] of REWRITES) text = text.replace(pattern, replacement)
  return withoutSpaces(withoutThousands(text)) || answer.trim()
}

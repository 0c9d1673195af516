import type { AnswerRules } from '../../contracts/answer-rules.ts'
import type { Equivalence } from '../../contracts/vote.ts'

/**
 * An answer that anybody reads the same way: its key is the one that the grader's program gives it
 * (services/sandbox/grader/reading.py).
 */
export interface PlainValue {
  kind: 'number' | 'letter' | 'choice' | 'text'
  /** Equal keys are equal answers. */
  key: string
  /** The letter of a letter or choice; of a number whether it was written as a decimal. */
  letter: string
  decimal: boolean
}

/** Longer ones are left to the grader. UTF-16 units. */
const LENGTH_MAX = 80
/** A decimal with more may stand for an exact value. */
const DECIMAL_DIGITS_MAX = 14

const NUMBER = /^([+-]?)(?:(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?|(\.\d+))$/
const FRACTION = /^([+-]?)(?:(\d+)\/(\d+)|\\[dt]?frac\{(\d+)\}\{(\d+)\})$/
const LETTER = /^[A-Za-z]$/
const CHOICE = /^\(([A-J])\)$/
const WORDS = /^[A-Za-z]+(?: [A-Za-z]+)*$/
/** Words that are, or may be a part of, a formula, a set or a list. */
const MATHEMATICAL =
  /^(?:sin|cos|tan|cot|sec|csc|arc\w+|a?sinh?|a?cosh?|a?tanh?|ln|log|lg|exp|sqrt|cbrt|abs|floor|ceil|factorial|binomial|comb|min|max|gcd|lcm|det|sgn|re|im|arg|deg|ker|dim|mod|pi|infty|oo|infinity|inf|alpha|beta|gamma|delta|theta|lambda|mu|sigma|omega|phi|rho|tau|epsilon|and|or|real|reals|set)$/i

function greatestDivisor(left: bigint, right: bigint): bigint {
  return right === 0n ? left : greatestDivisor(right, left % right)
}

function fraction(sign: string, above: bigint, below: bigint): string {
  const divisor = greatestDivisor(above, below)
  const [n, d] = [above / divisor, below / divisor]
  return `${sign === '-' && n !== 0n ? '-' : ''}${n}${d === 1n ? '' : `/${d}`}`
}

function readNumber(text: string): PlainValue | null {
  const written = NUMBER.exec(text)
  if (written !== null) {
    const [, sign = '', whole = '0', point = '', bare = ''] = written
    const decimals = (point || bare).slice(1)
    const digits = whole.replaceAll(',', '') + decimals
    if (decimals !== '' && digits.replace(/^0+/, '').length > DECIMAL_DIGITS_MAX) return null
    const value = fraction(sign, BigInt(digits), 10n ** BigInt(decimals.length))
    return { kind: 'number', key: `number ${value}`, letter: '', decimal: decimals !== '' }
  }
  const parts = FRACTION.exec(text)
  if (parts === null) return null
  const [, sign = '', a, b, c, d] = parts
  const below = BigInt(b ?? d!)
  if (below === 0n) return null
  return { kind: 'number', key: `number ${fraction(sign, BigInt(a ?? c!), below)}`, letter: '', decimal: false }
}

/** Words that are no formula: one has three letters and names nothing mathematical. */
function readWords(text: string): PlainValue | null {
  const inside = /^\\text\{([^{}\\$]*)\}$/.exec(text)?.[1]?.trim() ?? text
  if (!WORDS.test(inside)) return null
  const words = inside.split(' ')
  if (words.some((word) => MATHEMATICAL.test(word)) || words.every((word) => word.length < 3)) return null
  return { kind: 'text', key: `text ${inside.toLowerCase()}`, letter: '', decimal: false }
}

/**
 * Reads an answer that is an integer, a decimal, a fraction of integers, a letter, a letter in brackets or words. Null for
 * everything else, which is most of mathematics: only the grader reads that.
 */
export function plainValue(answer: string): PlainValue | null {
  if (answer.length > LENGTH_MAX) return null
  const trimmed = answer.trim()
  const text = /^\$([^$\\]+)\$$/.exec(trimmed)?.[1]?.trim() ?? trimmed
  if (LETTER.test(text)) {
    const name = text === 'e' || text === 'i' ? 'const' : 'sym'
    return { kind: 'letter', key: `formula ${name}(${text})`, letter: text, decimal: false }
  }
  const choice = CHOICE.exec(text)?.[1]
  if (choice !== undefined) return { kind: 'choice', key: `choice ${choice}`, letter: choice, decimal: false }
  return readNumber(text) ?? readWords(text)
}

const isVariable = ({ kind, key }: PlainValue) => kind === 'letter' && key.startsWith('formula sym')

/**
 * Whether two plain values are equal, as the grader says it; undefined where only the grader can say. Symmetric.
 */
export function comparePlain(left: PlainValue, right: PlainValue, rules: AnswerRules): Equivalence | undefined {
  if (left.key === right.key) return 'equal'
  const kinds = [left.kind, right.kind]
  if (kinds.includes('choice')) {
    if (left.kind === right.kind) return 'different'
    if (kinds.includes('letter'))
      return left.letter.toUpperCase() === right.letter.toUpperCase() ? 'equal' : 'different'
    return 'undecided'
  }
  if (rules.decimals === 'close' && (left.decimal || right.decimal)) return undefined
  const foldsCase = rules.letters === 'uncased' && isVariable(left) && isVariable(right)
  return foldsCase && left.letter.toLowerCase() === right.letter.toLowerCase() ? 'equal' : 'different'
}

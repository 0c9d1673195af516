import { type Chain, parseQuestion } from './parse-question.ts'

/** No value on the way, inside a repetition too, may be larger: below it numbers are exact here and in Python. */
export const VALUE_MAX = 1e15

/** Thrown inside this file where a chain has no value. */
class NoValue extends Error {}

function bounded(value: number): number {
  if (Math.abs(value) > VALUE_MAX) throw new NoValue()
  return value
}

/** Never negative, as in Python. */
function remainder(value: number, modulus: number): number {
  if (modulus === 0) throw new NoValue()
  const rest = value % modulus
  return rest < 0 ? rest + modulus : rest + 0
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

function startValue({ kind, numbers }: Chain['start']): number {
  const [a = 0, b = 0, count = 0] = numbers
  switch (kind) {
    case 'number':
      return a
    case 'gcd':
      if (a === 0 && b === 0) throw new NoValue()
      return greatestCommonDivisor(a, b)
    case 'sum': {
      let sum = 0
      for (let index = 0; index < count; index++) sum += remainder(index * a, b)
      return sum
    }
  }
}

function iterated(start: number, [times, factor, summand, modulus]: readonly number[]): number {
  let value = start
  for (let round = 0; round < times!; round++) value = remainder(bounded(factor! * value + summand!), modulus!)
  return value
}

function stepValue(value: number, { kind, numbers }: Chain['steps'][number]): number {
  const [operand = 0] = numbers
  switch (kind) {
    case 'add':
      return bounded(value + operand)
    case 'subtract':
      return bounded(value - operand)
    case 'multiply':
      return bounded(value * operand) + 0
    case 'remainder':
      return remainder(value, operand)
    case 'square':
      return bounded(value * value)
    case 'digit_sum':
      return Array.from(String(Math.abs(value))).reduce((sum, digit) => sum + Number(digit), 0)
    case 'iterate':
      return iterated(value, numbers)
  }
}

/**
 * The value of a chain; null if it divides by zero, asks for gcd(0,0) or grows above `VALUE_MAX`.
 *
 * The value is for evaluation only (held-out and label accuracy): no reward, label or filter may see it.
 */
export function chainValue(chain: Chain): number | null {
  try {
    return chain.steps.reduce(stepValue, startValue(chain.start))
  } catch (error) {
    if (error instanceof NoValue) return null
    throw error
  }
}

/**
 * The tiny world's gate for proposals: a sentence of its grammar that has a value, whichever it is. Without it cut and
 * scrambled questions are rewarded, as they bring p̂ towards ½.
 */
export function isWellFormed(question: string): boolean {
  const chain = parseQuestion(question)
  return chain !== null && chainValue(chain) !== null
}

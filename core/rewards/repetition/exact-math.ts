// Sums of two doubles that hold about 106 bits between them: [rounded value, what rounding lost].
type Pair = readonly [high: number, low: number]

const LN2: Pair = [0.6931471805599453, 2.3190468138462996e-17]
const HALVINGS = 9
const TERMS = 9

function twoSum(a: number, b: number): Pair {
  const high = a + b
  const part = high - a
  return [high, a - (high - part) + (b - part)]
}

function split(a: number): Pair {
  const shifted = a * 134217729 // 2^27 + 1: leaves the upper 26 bits
  const high = shifted - (shifted - a)
  return [high, a - high]
}

function twoProduct(a: number, b: number): Pair {
  const high = a * b
  const [aHigh, aLow] = split(a)
  const [bHigh, bLow] = split(b)
  return [high, aLow * bLow - (high - aHigh * bHigh - aLow * bHigh - aHigh * bLow)]
}

function add(a: Pair, b: Pair): Pair {
  const [high, low] = twoSum(a[0], b[0])
  return twoSum(high, low + a[1] + b[1])
}

function multiply(a: Pair, b: Pair): Pair {
  const [high, low] = twoProduct(a[0], b[0])
  return twoSum(high, low + a[0] * b[1] + a[1] * b[0])
}

function divide(a: Pair, by: number): Pair {
  const quotient = a[0] / by
  const back = twoProduct(quotient, by)
  return twoSum(quotient, (a[0] - back[0] - back[1] + a[1]) / by)
}

/** e^x to about 95 bits: x = k·ln 2 + 2⁹·r, a Taylor series for r, nine squarings, a shift by k. */
function exponential(x: number): Pair {
  const shift = Math.round(x / LN2[0])
  const product = multiply(LN2, [-shift, 0])
  const reduced = divide(add([x, 0], product), 2 ** HALVINGS)
  let sum: Pair = [1, 0]
  for (let term = TERMS; term > 0; term--) sum = add([1, 0], divide(multiply(reduced, sum), term))
  for (let time = 0; time < HALVINGS; time++) sum = multiply(sum, sum)
  return [sum[0] * 2 ** shift, sum[1] * 2 ** shift]
}

/**
 * e^x, the double nearest to the true value where that is not subnormal. `Math.exp` is off by one unit in the last place
 * for one argument in ten, and V8's and Python's then differ: two pairs of texts at equal distances there would not tie here.
 */
export function exp(x: number): number {
  return exponential(x)[0]
}

/** ln x for x > 0, the double nearest to the true value: one Newton step in doubled precision. */
export function log(x: number): number {
  const guess = Math.log(x)
  const [high, low] = multiply(exponential(-guess), [x, 0])
  return guess + (high - 1 + low)
}

/** The double nearest to the true sum of finite terms, as Python's `math.fsum` (Shewchuk's growing expansion). */
export function sum(terms: readonly number[]): number {
  let parts: number[] = []
  for (const term of terms) {
    let carry = term
    const kept: number[] = []
    for (const part of parts) {
      const [high, low] = twoSum(carry, part)
      if (low !== 0) kept.push(low)
      carry = high
    }
    parts = [...kept, carry]
  }
  return roundedSum(parts)
}

/** Adds non-overlapping parts, smallest first, rounding once: a tie is broken by the sign of what lies below it. */
function roundedSum(parts: number[]): number {
  let high = 0
  let low = 0
  while (parts.length > 0 && low === 0) [high, low] = twoSum(high, parts.pop()!)
  const below = parts.at(-1) ?? 0
  const twice = 2 * low
  const isTie = low !== 0 && Math.sign(low) === Math.sign(below) && high + twice - high === twice
  return isTie ? high + twice : high
}

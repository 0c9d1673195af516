import { seededStream } from '../../../core/random/seeded-stream.ts'

/** Pearson's statistic of `counts` against equal shares. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

function first(count: number, runSeed: number, key: string): number[] {
  const stream = seededStream(runSeed, key)
  return Array.from({ length: count }, () => stream.uint32())
}

test('a stream never moves: its first numbers are fixed for ever', () => {
  expect(first(3, 1, 'tiny-world/iter-001/executor/step-004/draw')).toEqual([3529214960, 312769129, 1181744862])
  expect(seededStream(7, 'Aufgabe ½ 🙂').unit()).toBe(0.5183510879375579)
})

test('same seed and key give the same stream, another seed or key another one', () => {
  expect(first(4, 1, 'a/b')).toEqual(first(4, 1, 'a/b'))
  expect(first(4, 1, 'a/b')).not.toEqual(first(4, 2, 'a/b'))
  expect(first(4, 1, 'a/b')).not.toEqual(first(4, 1, 'a/c'))
  expect(first(4, 1, 'a\u0100')).not.toEqual(first(4, 1, 'a\u0000'))
})

test('the streams of neighbouring keys begin evenly spread', () => {
  const counts = Array.from({ length: 64 }, () => 0)
  for (let step = 0; step < 64_000; step++) counts[seededStream(1, `run/step-${step}`).below(64)]! += 1
  // 63 degrees of freedom: 103.4 is the 0.999 quantile.
  expect(chiSquare(counts)).toBeLessThan(103.4)
})

test('the three numbers below 3 come equally often', () => {
  const stream = seededStream(1, 'dice')
  const counts = [0, 0, 0]
  for (let draw = 0; draw < 30_000; draw++) counts[stream.below(3)]! += 1
  // 2 degrees of freedom: 13.8 is the 0.999 quantile.
  expect(chiSquare(counts)).toBeLessThan(13.8)
})

test('a bound of three quarters of the range favours no number: the lowest third comes in a third of the draws', () => {
  const stream = seededStream(1, 'three quarters')
  const draws = Array.from({ length: 30_000 }, () => stream.below(3 * 2 ** 30))
  const low = draws.filter((draw) => draw < 2 ** 30).length
  // Without rejection it would be half of them; 330 is four standard deviations.
  expect(Math.abs(low - 10_000)).toBeLessThan(330)
})

test('below(1) is 0 and below(2^32) is the stream itself', () => {
  expect(seededStream(1, 'a').below(1)).toBe(0)
  expect(seededStream(1, 'a').below(2 ** 32)).toBe(seededStream(1, 'a').uint32())
})

test.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])('below(%p) is a bug of the caller and names the key', (bound) => {
  expect(() => seededStream(1, 'run/draw').below(bound)).toThrow(`run/draw: no integer below ${bound}`)
})

test('unit() lies in [0, 1) and fills it', () => {
  const stream = seededStream(1, 'unit')
  const numbers = Array.from({ length: 10_000 }, () => stream.unit())
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...numbers)).toBeLessThan(1)
  expect(Math.abs(numbers.reduce((sum, number) => sum + number, 0) / numbers.length - 0.5)).toBeLessThan(0.01)
})

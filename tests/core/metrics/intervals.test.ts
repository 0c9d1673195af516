import { busyTime, type Interval, union } from '../../../core/metrics/intervals.ts'
import { seededStream } from '../../../core/random/seeded-stream.ts'

const stream = seededStream(3, 'intervals')
const someIntervals = (): Interval[] =>
  Array.from({ length: stream.below(12) }, () => {
    const from = stream.below(60)
    return [from, from + stream.below(9)]
  })

test('a union covers each millisecond that one of its parts covers, and no other', () => {
  for (let round = 0; round < 200; round++) {
    const intervals = someIntervals()
    const [from, to] = [stream.below(30), 30 + stream.below(40)]
    const isCovered = (at: number) => intervals.some(([a, b]) => a <= at && at < b)
    const counted = Array.from({ length: to - from }, (_, offset) => isCovered(from + offset)).filter(Boolean)
    expect(busyTime(intervals, [from, to])).toBe(counted.length)
  }
})

test('the parts of a union stand in order, apart from each other', () => {
  for (let round = 0; round < 200; round++) {
    const parts = union(someIntervals())
    for (const [index, [from]] of parts.entries()) expect(from).toBeGreaterThan(parts[index - 1]?.[1] ?? -1)
  }
})

test('a union of unions is the union of all: shards may be merged before stages', () => {
  const [left, right] = [someIntervals(), someIntervals()]
  expect(union([...union(left), ...union(right)])).toEqual(union([...left, ...right]))
})

test('one request within another and one behind them', () => {
  const requests: Interval[] = [
    [2_000, 3_000],
    [0, 1_000],
    [200, 400],
  ]
  expect(union(requests)).toEqual([
    [0, 1_000],
    [2_000, 3_000],
  ])
  expect(busyTime(requests, [500, 2_500])).toBe(1_000)
})

import { overheadFigures } from '../../bench/overhead-figures.ts'

/** 250 tasks of 10 s on 64 slots are 4 waves: 40 s if nothing costs anything. */
const valuesAt = (seconds: number, activitySeconds = 2_500) =>
  overheadFigures({ samplingMs: 1_000 * seconds, activityMs: 1_000 * activitySeconds }).map(({ value }) => value)

test('a loop that costs nothing has only the overhead of its last wave', () => {
  const [wall, overhead, ofLoop, lastWave, rest] = valuesAt(40)
  expect(wall).toBe(40)
  expect(overhead).toBeCloseTo(100 * (1 - 250 / 256), 10)
  expect([ofLoop, lastWave]).toEqual([overhead, overhead])
  expect(rest).toBe(0)
})

test('two seconds on top of forty are 4.76 %, and useful time is what it was', () => {
  const [, overhead, , lastWave, rest] = valuesAt(42)
  expect(rest).toBeCloseTo(4.76, 2)
  expect(overhead).toBeCloseTo(100 * (1 - 2_500 / (64 * 42)), 10)
  expect(lastWave).toBeCloseTo(2.34, 2)
})

test('what activities do beside the sleep is overhead of the shard, not of the loop', () => {
  const [, overhead, ofLoop] = valuesAt(42, 2_600)
  expect(ofLoop).toBeCloseTo(100 * (1 - 2_600 / (64 * 42)), 10)
  expect(ofLoop).toBeLessThan(overhead!)
})

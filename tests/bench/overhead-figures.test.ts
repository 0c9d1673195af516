import { overheadFigures } from '../../bench/overhead-figures.ts'

/** 256 tasks of 10 s on 64 slots are 4 waves: 40 s if nothing costs anything. The last of them begins after three quarters. */
const valuesAt = (seconds: number, activitySeconds = 2_560, spread = 0) =>
  overheadFigures(
    { turnMs: 5_000, spread },
    {
      samplingMs: 1_000 * seconds,
      activityMs: 1_000 * activitySeconds,
      fullMs: 750 * seconds,
      activityFullMs: 1_000 * (activitySeconds - 640),
    },
  ).map(({ value }) => value)

test('a loop that costs nothing has no overhead', () => {
  expect(valuesAt(40)).toEqual([40, 0, 0])
})

test('two seconds on top of forty are 4.76 %', () => {
  const [, overhead, ofLoop] = valuesAt(42)
  expect(overhead).toBeCloseTo(4.76, 2)
  expect(ofLoop).toBe(overhead)
})

test('what activities do beside the sleep is overhead of the shard, not of the loop', () => {
  const [, overhead, ofLoop] = valuesAt(42, 2_600)
  expect(ofLoop).toBeCloseTo(100 * (1 - 2_600 / (64 * 42)), 10)
  expect(ofLoop).toBeLessThan(overhead!)
})

test('where tasks differ, the idle slots at the end are no overhead', () => {
  expect(valuesAt(40, 2_560, 0.5)).toEqual([30, 0])
  expect(valuesAt(40, 2_500, 0.5)[1]).toBeCloseTo(100 * (1 - 1_860 / (64 * 30)), 10)
})

import { RunConfig } from '../../../contracts/run-config.ts'
import { checkYield, yieldAtMost } from '../../../core/curriculum/check-yield.ts'

const configOf = (curation: object) =>
  RunConfig.parse({ name: 'test', curation, executor: { tasksPerStep: 16 } }).curation
const config = configOf({ poolSize: 100, tasksMin: 16, proposalsMax: 250 })
const ample = configOf({ poolSize: 100, tasksMin: 16, proposalsMax: 10_000 })
const paper = configOf({})
const pool = (proposed: number, kept: number) => ({ proposed, kept, dropped: { duplicate: 3, 'above-band': 90 } })

test.each([
  ['an empty pool asks for its size', config, 0, 0, { kind: 'propose', count: 100 }],
  ['a pool is filled whatever its yield', config, 60, 40, { kind: 'propose', count: 40 }],
  ['a pool is filled before its yield is judged', config, 60, 0, { kind: 'propose', count: 40 }],
  ['the least yield is enough', config, 100, 16, { kind: 'enough' }],
  ['what is missing is asked for at the yield so far', config, 100, 10, { kind: 'propose', count: 60 }],
  ['never more than a pool at once', ample, 100, 1, { kind: 'propose', count: 100 }],
  ['never more than the budget', config, 200, 12, { kind: 'propose', count: 50 }],
  ['a late yield is still a yield', config, 250, 16, { kind: 'enough' }],
])('%s', (_law, given, proposed, kept, expected) => {
  expect(checkYield(given, pool(proposed, kept))).toEqual(expected)
})

test('a spent budget is refused, with counts, most frequent reason first', () => {
  expect(checkYield(config, pool(250, 7))).toEqual({
    kind: 'refuse',
    count: 0,
    reason: '250 proposals, the whole budget, yielded 7 tasks and 16 are needed; dropped: 90 above-band, 3 duplicate',
  })
})

test.each([
  ['nothing at all kept', paper, 8_000, 0, 'the 24000 proposals that are left would bring 28 more at the very most'],
  ['a late pool', config, 200, 2, 'the 50 proposals that are left would bring 3 more at the very most'],
  [
    'what may still come, but is not to be expected',
    config,
    100,
    5,
    'at this yield about 320 would be needed, and proposalsMax is 250',
  ],
  ['nothing kept of few', ample, 100, 0, 'at this yield no budget would do, and proposalsMax is 10000'],
])('before more is sampled a person is asked: %s', (_what, given, proposed, kept, why) => {
  const decision = checkYield(given, pool(proposed, kept))
  expect(decision).toMatchObject({ kind: 'refuse', reason: expect.stringContaining(`; ${why}`) as string })
  expect(decision).toMatchObject({ reason: expect.stringMatching(`^${proposed} proposals yielded ${kept} tasks and`) })
})

test('a person who raises the budget as the reason says is not asked the same again', () => {
  const raised = { ...config, proposalsMax: 320 }
  expect(checkYield(raised, pool(100, 5))).toMatchObject({ kind: 'propose' })
  // Nor in later pools, as long as it is possible.
  expect(checkYield(raised, pool(200, 9))).toMatchObject({ kind: 'propose' })
})

/** P(X ≤ kept) of a binomial distribution. */
function tail(kept: number, proposed: number, share: number): number {
  let [sum, logChoose] = [0, 0]
  for (let k = 0; k <= kept; k++) {
    if (k > 0) logChoose += Math.log((proposed - k + 1) / k)
    sum += Math.exp(logChoose + k * Math.log(share) + (proposed - k) * Math.log1p(-share))
  }
  return sum
}

test('a curation that could have brought enough that keeps up to half is called hopeless in less than one of 200 cases', () => {
  for (const proposed of [20, 50, 100, 500, 2_000, 8_000])
    for (let kept = 0; kept <= proposed / 2; kept += Math.ceil(proposed / 50)) {
      const atMost = yieldAtMost(kept, proposed)
      expect(atMost).toBeGreaterThan(kept / proposed)
      expect(atMost).toBeLessThanOrEqual(1)
      expect(tail(kept, proposed, atMost)).toBeLessThan(1 / 200)
    }
})

/** How many proposals a curation of this yield has asked for when it ends, and in how many rounds. */
function askedFor(given: typeof config, share: number): { proposed: number; rounds: number } {
  let [proposed, rounds] = [0, 0]
  for (;;) {
    const decision = checkYield(given, pool(proposed, Math.floor(share * proposed)))
    if (decision.kind !== 'propose') return { proposed, rounds }
    expect(decision.count).toBeGreaterThan(0)
    proposed += decision.count
    rounds += 1
  }
}

test.each([
  ['small', config],
  ['ample', ample],
  ['as in the paper', paper],
])('whatever the yield, an end comes within the budget, which is %s; without any it is one pool', (_name, given) => {
  for (let share = 0; share <= 1; share += 0.01) {
    const { proposed, rounds } = askedFor(given, share)
    expect(proposed).toBeLessThanOrEqual(given.proposalsMax)
    expect(rounds).toBeLessThan(200)
  }
  expect(askedFor(given, 0).proposed).toBe(given.poolSize)
})

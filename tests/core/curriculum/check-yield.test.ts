import { RunConfig } from '../../../contracts/run-config.ts'
import { checkYield } from '../../../core/curriculum/check-yield.ts'

const config = RunConfig.parse({
  name: 'test',
  curation: { poolSize: 100, tasksMin: 16, proposalsMax: 250 },
  executor: { tasksPerStep: 16 },
}).curation
const pool = (proposed: number, kept: number) => ({ proposed, kept, dropped: { duplicate: 3, 'above-band': 90 } })

test.each([
  ['an empty pool asks for its size', 0, 0, { kind: 'propose', count: 100 }],
  ['a pool is filled whatever its yield', 60, 40, { kind: 'propose', count: 40 }],
  ['the least yield is enough', 100, 16, { kind: 'enough' }],
  ['what is missing is asked for at the yield so far', 100, 10, { kind: 'propose', count: 60 }],
  ['never more than a pool at once', 100, 0, { kind: 'propose', count: 100 }],
  ['never more than the budget', 200, 2, { kind: 'propose', count: 50 }],
  ['a late yield is still a yield', 250, 16, { kind: 'enough' }],
])('%s', (_law, proposed, kept, expected) => {
  expect(checkYield(config, pool(proposed, kept))).toEqual(expected)
})

test('a spent budget is refused, with counts, most frequent reason first', () => {
  expect(checkYield(config, pool(250, 7))).toEqual({
    kind: 'refuse',
    reason: '250 proposals, the whole budget, yielded 7 tasks and 16 are needed; dropped: 90 above-band, 3 duplicate',
  })
})

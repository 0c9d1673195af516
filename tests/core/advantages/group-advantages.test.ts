import {
  groupAdvantages,
  groupCentred,
  groupNormalised,
  hasZeroVariance,
} from '../../../core/advantages/group-advantages.ts'
import { minorityShare, tent } from '../../../core/rewards/uncertainty.ts'

const normalised = { kind: 'group-normalised', epsilon: 1e-6 } as const
const centred = { kind: 'group-centred' } as const

test('by hand: rewards 1, 0, 0, 0 have mean 1/4 and std_{n−1} 1/2', () => {
  const expected = [0.75, -0.25, -0.25, -0.25]
  expect(groupCentred([1, 0, 0, 0])).toEqual(expected)
  expect(groupNormalised([1, 0, 0, 0], 1e-6)).toEqual(expected.map((value) => value / (0.5 + 1e-6)))
})

test('rewards of ±1 give the advantages of 0 and 1, but for epsilon', () => {
  const doubled = groupNormalised([1, -1, -1, 1], 1e-6)
  groupNormalised([1, 0, 0, 1], 1e-6).forEach((value, index) => expect(doubled[index]).toBeCloseTo(value, 5))
})

test.each([[[0, 0, 0]], [[0.1, 0.1, 0.1]], [[-1, -1]]])('equal rewards %p give exact zeros', (rewards) => {
  for (const config of [normalised, centred]) {
    expect(groupAdvantages(config, 'group', rewards)).toEqual(rewards.map(() => 0))
  }
})

test('rewards that are equal but for rounding are equal, whatever the shape and the weight of the reward', () => {
  const pairs = Array.from({ length: 9 }, (_, votes) => [(votes + 1) / 10, (9 - votes) / 10] as const)
  const differ = new Set<string>()
  for (const [kind, shape] of Object.entries({ tent, minorityShare }))
    for (const weight of [0.1, 0.3, 1, 7, 1e6])
      for (const [pHat, mirrored] of pairs) {
        const rewards = [weight * shape(pHat) + 0.15 - 0.05, weight * shape(mirrored) + 0.15 - 0.05]
        if (rewards[0] !== rewards[1]) differ.add(kind)
        expect(hasZeroVariance(rewards)).toBe(true)
        expect(groupAdvantages(normalised, 'group', rewards)).toEqual([0, 0])
      }
  // Without the tolerance this test would fail.
  expect([...differ]).toEqual(['tent', 'minorityShare'])
})

test('the least difference that rewards can have is one: a vote of a thousand, an entry of a large batch, in a large reward', () => {
  for (const step of [1 / 1_000, 1 / 65_536, 1e-6]) {
    expect(hasZeroVariance([0.6, 0.6 + step])).toBe(false)
    expect(hasZeroVariance([100, 100 + step])).toBe(false)
    expect(hasZeroVariance([0, -step, 0])).toBe(false)
  }
})

test('advantages sum to zero, and only the normalised ones forget the scale', () => {
  const rewards = [0.1, 0.7, 0.2, 0.65]
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  for (const config of [normalised, centred]) expect(sum(groupAdvantages(config, 'group', rewards))).toBeCloseTo(0, 12)
  const tenfold = rewards.map((reward) => 10 * reward)
  expect(groupAdvantages(normalised, 'group', tenfold)[0]).toBeCloseTo(
    groupAdvantages(normalised, 'group', rewards)[0]!,
    4,
  )
  expect(groupAdvantages(centred, 'group', tenfold)[0]).toBeCloseTo(
    10 * groupAdvantages(centred, 'group', rewards)[0]!,
    12,
  )
})

test('a group of one is a bug, told with its key', () => {
  expect(() => groupAdvantages(normalised, 'step-1/task-2', [1])).toThrow('step-1/task-2: a group of 1 has no baseline')
})

test.each([Number.NaN, Number.POSITIVE_INFINITY])('a reward of %p is a bug, told with the group’s key', (reward) => {
  expect(() => groupAdvantages(centred, 'step-1/task-2', [1, reward])).toThrow('step-1/task-2: a reward is not finite')
})

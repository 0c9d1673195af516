import { Canary } from '../../../contracts/canary.ts'
import { canaryProblem, compareCanary, joined, meanDifference } from '../../../services/model-server/compare-canary.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const TOKENS = 1024
/** What an update of this size per token does: as the first steps of a run with a small learning rate. */
const MOVED = 0.01

const random = seededRandom(11)
const uniform = () => (random.integer(1_000_000) + 1) / 1_000_001
const normal = (deviation: number) =>
  deviation * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
const list = (value: (index: number) => number) => Array.from({ length: TOKENS }, (_, index) => value(index))

const base = list(() => -3 * uniform())
const parent = base.map((value) => value + normal(MOVED))
const policy = parent.map((value) => value + normal(MOVED))
const sibling = parent.map((value) => value + normal(MOVED))

const tokenIds = Array.from({ length: TOKENS + 1 }, (_, index) => index)
const canary = Canary.parse({
  rows: [{ tokenIds, places: tokenIds.slice(1), logprobs: policy, parent, base }],
})

/** A server that has these weights, whose logprobs are off by so much in the mean square. */
const served = (weights: readonly number[], deviation: number) => weights.map((value) => value + normal(deviation))

const check = { bound: 4 * MOVED, isAccepted: false }
const problemOf = (theirs: readonly number[], given = check) => canaryProblem(given, compareCanary(canary, theirs))

test('the difference is the mean over all tokens: a few that differ much decide nothing', () => {
  expect(meanDifference([-1, -2, -3], [-1, -2.5, -2])).toBe(0.5)
  const outlier = policy.map((value, index) => (index === 7 ? value - 5 : value))
  expect(problemOf(outlier)).toBeNull()
  expect(compareCanary(canary, outlier).difference).toBeCloseTo(5 / TOKENS)
})

// Of the noise that bf16 was measured to have, and none: the weights are told apart either way.
test.each([0, 0.01, 0.02])('with a noise of %d nats the policy passes, and its base and parent do not', (deviation) => {
  for (let round = 0; round < 50; round++) expect(problemOf(served(policy, deviation))).toBeNull()
  for (const [weights, whose] of [
    [base, 'base'],
    [parent, 'parent'],
  ] as const) {
    const found = problemOf(served(weights, deviation))
    expect(found).toMatchObject({ type: 'Agent0.OtherWeights', problem: expect.stringContaining(whose) })
    // However lax the bound is, and whoever accepts it.
    expect(problemOf(served(weights, deviation), { bound: 100, isAccepted: true })).toEqual(
      expect.objectContaining({ type: 'Agent0.OtherWeights' }),
    )
  }
})

test('an adapter of another policy is over the bound, which a person may accept', () => {
  const far = sibling.map((value) => value + normal(0.2))
  expect(problemOf(far)).toMatchObject({ type: 'Agent0.CanaryOverBound' })
  expect(problemOf(far, { ...check, isAccepted: true })).toBeNull()
})

test('a logprob that is no number is over every bound', () => {
  expect(problemOf(policy.map(() => NaN))).toMatchObject({ type: 'Agent0.CanaryOverBound' })
})

test('a policy that has not moved agrees with a server that has its parent', () => {
  const [row] = canary.rows
  const unmoved = { rows: [{ ...row!, logprobs: parent }] }
  expect(compareCanary(unmoved, served(parent, 0.02)).nearerTo).toBeNull()
  expect(compareCanary(unmoved, parent)).toEqual({ difference: 0, nearerTo: null })
})

test('a canary of a former record is a row like any other, with its own tolerance and nobody beside it', () => {
  const former = { promptTokenIds: [1, 2], tokenIds: [5, 6, 7], logprobs: [-1, -2, -3], tolerance: 0.05 }
  const read = Canary.parse(former)
  expect(read).toEqual({
    rows: [{ tokenIds: [1, 2, 5, 6, 7], places: [2, 3, 4], logprobs: [-1, -2, -3], parent: null, base: null }],
    tolerance: 0.05,
  })
  expect(joined(read.rows, 'base')).toBeNull()
  expect(compareCanary(read, [-1, -2, -3.3])).toEqual({ difference: expect.closeTo(0.1) as number, nearerTo: null })
})

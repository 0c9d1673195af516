import { byDecisions, pairsToCompare } from '../../../core/voting/pairs-to-compare.ts'
import { vote, type Compare } from '../../../core/voting/vote.ts'
import { seededRandom } from '../../support/seeded-random.ts'

type Answers = (string | null)[]

const SPELLINGS = ['1/2', '\\frac{1}{2}', ' 1/2 ', '\\dfrac{1}{2}', '3', '03', '1,000', '1000', 'x', null]
const random = seededRandom(8)
const manyVotes: Answers[] = Array.from({ length: 500 }, () =>
  Array.from({ length: 1 + random.integer(12) }, () => random.pick(SPELLINGS)),
)

/** A transitive grader: knows that half is half. */
const byValue: Compare = (first, second) => {
  const isHalf = (answer: string) => /1.*2/.test(answer)
  return isHalf(first) && isHalf(second) ? 'equal' : 'different'
}

test('six of ten agree: p̂ = 0.6, whatever the others say', () => {
  expect(vote(['7', '07', '7', '7 ', '$7$', '7', '8', '9', null, null])).toEqual({
    size: 10,
    votes: [
      { answer: '7', count: 6 },
      { answer: '8', count: 1 },
      { answer: '9', count: 1 },
    ],
    abstained: 2,
    pHat: 0.6,
    label: '7',
    undecided: 0,
  })
})

test('nobody votes: p̂ = 0 and no label', () => {
  expect(vote([null, null])).toEqual({ size: 2, votes: [], abstained: 2, pHat: 0, label: null, undecided: 0 })
})

test('a tie goes to the class seen first', () => {
  expect(vote(['a', 'b', 'b', 'a']).label).toBe('a')
  expect(vote(['b', 'a', 'b', 'a']).label).toBe('b')
})

test('the representative is the spelling seen first', () => {
  expect(vote(['\\dfrac{1}{2}', '\\frac{1}{2}']).label).toBe('\\dfrac{1}{2}')
})

test('every rollout votes in one class or abstains', () => {
  for (const answers of manyVotes) {
    const { votes, abstained, size } = vote(answers, byValue)
    expect(votes.reduce((sum, { count }) => sum + count, abstained)).toBe(size)
  }
})

test('pHat · k is an integer', () => {
  for (const answers of manyVotes) {
    const voters = vote(answers).pHat * answers.length
    expect(Math.abs(voters - Math.round(voters))).toBeLessThan(1e-9)
  }
})

test('a permutation of the answers changes no count', () => {
  const counts = (answers: Answers) =>
    vote(answers, byValue)
      .votes.map(({ count }) => count)
      .toSorted((first, second) => first - second)
  for (const answers of manyVotes) {
    expect(counts(answers.toReversed())).toEqual(counts(answers))
    expect(vote(answers.toReversed(), byValue).pHat).toBe(vote(answers, byValue).pHat)
  }
})

test('a permutation of equal answers changes neither p̂ nor what the label means', () => {
  expect(vote(['03', '3', 'x'])).toMatchObject({ pHat: 2 / 3, label: '03' })
  expect(vote(['3', '03', 'x'])).toMatchObject({ pHat: 2 / 3, label: '3' })
})

test('an abstention never raises p̂, in the place of an answer or besides', () => {
  for (const answers of manyVotes) {
    const { pHat } = vote(answers, byValue)
    expect(vote([...answers, null], byValue).pHat).toBeLessThanOrEqual(pHat)
    for (const index of answers.keys()) {
      expect(vote(answers.with(index, null), byValue).pHat).toBeLessThanOrEqual(pHat)
    }
  }
})

test('undecided counts as different and is reported', () => {
  expect(vote(['a', 'b', 'b', 'c'], () => 'undecided')).toMatchObject({ pHat: 0.5, label: 'b', undecided: 3 })
})

test('answers of one normal form are never sent to the grader', () => {
  const compare: Compare = (first, second) => {
    throw new Error(`asked about ${first} and ${second}`)
  }
  expect(vote(['1,000', '1000', ' 1000'], compare).pHat).toBe(1)
})

test('without transitivity the first class that takes an answer keeps it', () => {
  // a ~ b and b ~ c, but not a ~ c.
  const compare: Compare = (first, second) => ([`ab`, `bc`].includes(first + second) ? 'equal' : 'different')
  expect(vote(['a', 'b', 'c'], compare).votes).toEqual([
    { answer: 'a', count: 2 },
    { answer: 'c', count: 1 },
  ])
})

test('a vote of no rollouts is a bug', () => {
  expect(() => vote([])).toThrow('at least one rollout')
})

test('a grader that answers all pairs beforehand decides as one that is asked', () => {
  for (const answers of manyVotes) {
    const pairs = pairsToCompare(answers)
    const decisions = pairs.map(([first, second]) => byValue(first, second))
    expect(vote(answers, byDecisions(pairs, decisions))).toEqual(vote(answers, byValue))
  }
})

test('pairs are of different normal forms, each once, in sample order', () => {
  expect(pairsToCompare(['b', null, 'a', ' b', 'c'])).toEqual([
    ['b', 'a'],
    ['b', 'c'],
    ['a', 'c'],
  ])
})

test('a missing decision is a bug', () => {
  expect(() => byDecisions([['a', 'b']], [])).toThrow('0 decisions for 1 pairs')
  expect(() => vote(['a', 'b'], byDecisions([], []))).toThrow('the grader has not compared "a" with "b"')
})

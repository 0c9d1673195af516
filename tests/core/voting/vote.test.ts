import type { Equivalence } from '../../../contracts/vote.ts'
import { classesOf } from '../../../core/voting/classes.ts'
import { byDecisions, byForm, distinctAnswers, formOf, pairsToCompare } from '../../../core/voting/pairs-to-compare.ts'
import { vote, type Compare } from '../../../core/voting/vote.ts'
import { seededRandom } from '../../support/seeded-random.ts'

type Answers = (string | null)[]

const SPELLINGS = ['1/2', '\\frac{1}{2}', ' 1/2 ', '\\dfrac{1}{2}', '3', '03', '1,000', '1000', 'x', null]
const random = seededRandom(8)
const manyVotes: Answers[] = Array.from({ length: 500 }, () =>
  Array.from({ length: 1 + random.integer(12) }, () => random.pick(SPELLINGS)),
)

function shuffled<T>(items: readonly T[]): T[] {
  const left = [...items]
  return items.map(() => left.splice(random.integer(left.length), 1)[0]!)
}

test('six of ten agree: p̂ = 0.6, whatever the others say', () => {
  expect(vote(['7', '07', '7', '7 ', '$7$', '7', '8', '9', null, null])).toEqual({
    size: 10,
    votes: [
      { answer: '7', count: 6 },
      { answer: expect.any(String), count: 1 },
      { answer: expect.any(String), count: 1 },
    ],
    abstained: 2,
    pHat: 0.6,
    label: '7',
    undecided: 0,
    contradictions: 0,
  })
})

test('nobody votes: p̂ = 0 and no label', () => {
  const empty = { size: 2, votes: [], abstained: 2, pHat: 0, label: null, undecided: 0, contradictions: 0 }
  expect(vote([null, null])).toEqual(empty)
})

test('every rollout votes in one class or abstains', () => {
  for (const answers of manyVotes) {
    const { votes, abstained, size } = vote(answers)
    expect(votes.reduce((sum, { count }) => sum + count, abstained)).toBe(size)
  }
})

test('pHat · k is an integer', () => {
  for (const answers of manyVotes) {
    const voters = vote(answers).pHat * answers.length
    expect(Math.abs(voters - Math.round(voters))).toBeLessThan(1e-9)
  }
})

test('an abstention never raises p̂, in the place of an answer or besides', () => {
  for (const answers of manyVotes) {
    const { pHat } = vote(answers)
    expect(vote([...answers, null]).pHat).toBeLessThanOrEqual(pHat)
    for (const index of answers.keys()) {
      expect(vote(answers.with(index, null)).pHat).toBeLessThanOrEqual(pHat)
    }
  }
})

/** A grader that decides each pair of forms as it likes: neither transitive nor consistent, only symmetric. */
function arbitrary(seed: number): Compare {
  const draw = seededRandom(seed)
  const decided = new Map<string, Equivalence>()
  return (left, right) => {
    const pair = [formOf(left), formOf(right)].toSorted().join('|')
    if (!decided.has(pair)) decided.set(pair, draw.pick(['equal', 'equal', 'different', 'undecided']))
    return decided.get(pair)!
  }
}

const MANY = ['x+1', 'y', '10 cm', '10', '10 km', '0.5', '1/2', '50\\%', '\\sqrt{2}', '1.414', '3', '03', null]

test('100,000 votes: the order of the answers changes nothing, though the grader contradicts itself', () => {
  let [contradicting, joined] = [0, 0]
  for (let round = 0; round < 100_000; round++) {
    const answers = Array.from({ length: 2 + random.integer(8) }, () => random.pick(MANY))
    const compare = arbitrary(round)
    // Both orders decide all pairs, so the draws are made in the order of the texts first.
    const first = vote(answers, compare)
    const other = vote(shuffled(answers), compare)
    if (JSON.stringify(first) !== JSON.stringify(other)) throw new Error(JSON.stringify([answers, first, other]))
    if (first.contradictions > 0) contradicting++
    if (first.votes.some(({ count }) => count > 1)) joined++
  }
  expect(contradicting).toBeGreaterThan(1_000)
  expect(joined).toBeGreaterThan(10_000)
})

test('no class holds two answers that are different, and two that are equal are apart only if their classes are different', () => {
  for (let round = 0; round < 2_000; round++) {
    const forms = distinctAnswers(Array.from({ length: 7 }, () => random.pick(MANY)))
    const ballots = forms.map((answer) => ({ answer, count: 1 + random.integer(5) }))
    const compare = arbitrary(round)
    const { classes } = classesOf(ballots, compare)
    expect(classes.flat().toSorted((one, other) => one - other)).toEqual([...ballots.keys()])
    const between = (one: readonly number[], other: readonly number[]) =>
      one.flatMap((left) => other.map((right) => compare(ballots[left]!.answer, ballots[right]!.answer)))
    for (const [index, one] of classes.entries()) {
      for (const left of one)
        expect(
          between(
            [left],
            one.filter((right) => right !== left),
          ),
        ).not.toContain('different')
      for (const other of classes.slice(index + 1)) {
        const decisions = between(one, other)
        expect(decisions.includes('equal') && !decisions.includes('different')).toBe(false)
      }
    }
  }
})

test('what has a unit and what has none: the bare number joins the larger of two units', () => {
  const compare: Compare = (left, right) =>
    [left, right].includes('10') ? 'equal' : left === right ? 'equal' : 'different'
  expect(vote(['10', '10 km', '10 cm', '10 cm'], compare)).toMatchObject({
    votes: [
      { answer: '10 cm', count: 3 },
      { answer: '10 km', count: 1 },
    ],
    pHat: 0.75,
    contradictions: 1,
  })
})

test('what only a third answer joins is one class', () => {
  const compare: Compare = (left, right) =>
    ['x', 'y', 'z'].includes(left) && [left, right].includes('y') ? 'equal' : 'undecided'
  expect(vote(['x', 'y', 'z'], compare)).toMatchObject({ pHat: 1, undecided: 1, contradictions: 0 })
})

test.each([
  [['0.5', '1/2', '0.50'], '1/2'],
  [['\\frac{1}{2}', '1/2'], '1/2'],
  [['1.5', '1.50'], '1.5'],
  [['x+1', '1+x'], '1+x'],
  [['10', '10 cm'], '10 cm'],
  [['1.414214', '\\sqrt{2}'], '\\sqrt{2}'],
])('the label of %j is the most exact spelling, %s', (answers, label) => {
  const all: Compare = () => 'equal'
  expect(vote(answers, all).label).toBe(label)
  expect(vote(answers.toReversed(), all).label).toBe(label)
})

test('of equally many votes no answer wins for being small or first', () => {
  const winners = Array.from({ length: 400 }, (_, index) => {
    const pair = [String(index), String(index + 1)]
    return vote(pair).label === pair[0]
  })
  const lower = winners.filter(Boolean).length
  expect(lower).toBeGreaterThan(100)
  expect(lower).toBeLessThan(300)
})

test('undecided counts as different and is reported', () => {
  expect(vote(['a', 'b', 'b', 'c'], () => 'undecided')).toMatchObject({ pHat: 0.5, label: 'b', undecided: 3 })
})

test('without a grader, what only a grader reads is undecided', () => {
  expect(vote(['x+1', 'x+2'])).toMatchObject({ pHat: 0.5, undecided: 1 })
})

test('answers of one form are never sent to the grader', () => {
  const compare: Compare = (first, second) => {
    throw new Error(`asked about ${first} and ${second}`)
  }
  expect(vote(['1,000', '1000', ' 1000'], compare).pHat).toBe(1)
})

test('a vote of no rollouts is a bug', () => {
  expect(() => vote([])).toThrow('at least one rollout')
})

test('a grader that answers all pairs beforehand decides as one that is asked', () => {
  for (const [round, answers] of manyVotes.entries()) {
    const grader = arbitrary(round)
    const asked: Compare = (left, right) => {
      const known = byForm(left, right)
      return known === 'undecided' ? grader(left, right) : known
    }
    const pairs = pairsToCompare(answers)
    const decisions = pairs.map(([first, second]) => asked(first, second))
    expect(vote(answers, byDecisions(pairs, decisions))).toEqual(vote(answers, asked))
  }
})

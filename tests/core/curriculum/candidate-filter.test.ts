import { RunConfig, type RunConfigInput } from '../../../contracts/run-config.ts'
import { candidateFilter, type Candidate } from '../../../core/curriculum/candidate-filter.ts'
import { tallyDecisions } from '../../../core/metrics/tally.ts'

const candidate = (id: string, overrides: Partial<Candidate> = {}): Candidate => ({
  id,
  question: id,
  label: '4',
  pHat: 0.5,
  ...overrides,
})

function filter(
  candidates: Candidate[],
  archive: string[] = [],
  curation: RunConfigInput['curation'] = {},
  shown: string[] = [],
) {
  const config = RunConfig.parse({ name: 'test', curation }).curation
  const reasons = candidates.map(candidateFilter(config, archive, shown))
  const kept = candidates.filter((_candidate, index) => reasons[index] === null)
  return { kept: kept.map(({ id }) => id), dropped: tallyDecisions(reasons).dropped }
}

test('a pool of one of each: what is kept, and why the others are not', () => {
  const pool = [
    candidate('a', { question: null }),
    candidate('b', { question: 'Prove that b.' }),
    candidate('c', { label: null, pHat: 0 }),
    candidate('c2', { label: ' ' }),
    candidate('d', { label: 'it depends on what you mean' }),
    candidate('d2', { pHat: 0.3, abstainedShare: 0.7 }),
    candidate('e', { pHat: 0.2 }),
    candidate('f', { pHat: 0.9 }),
    candidate('g', { question: 'What is two plus five?' }),
    candidate('h', { question: 'what is  two plus five?' }),
    candidate('i', { question: 'What is two plus seven?' }),
    candidate('j', { question: 'How many legs has a cat?' }),
  ]
  expect(filter(pool)).toEqual({
    kept: ['g', 'j'],
    dropped: {
      malformed: 1,
      proof: 1,
      'no-label': 2,
      'free-text': 1,
      abstained: 1,
      'below-band': 1,
      'above-band': 1,
      duplicate: 1,
      'near-duplicate': 1,
    },
  })
})

test('both ends of the band stay: of 10 votes 3 to 8, of 9 votes 3 to 7', () => {
  const pool = (k: number) =>
    Array.from({ length: k + 1 }, (_, votes) => candidate(`${votes}`, { question: `q${votes}`, pHat: votes / k }))
  expect(filter(pool(10)).kept).toEqual(['3', '4', '5', '6', '7', '8'])
  expect(filter(pool(9)).kept).toEqual(['3', '4', '5', '6', '7'])
})

test('the paper’s δ = 0.25 is a variant: of 10 votes 3 to 7', () => {
  const pool = Array.from({ length: 11 }, (_, votes) =>
    candidate(`${votes}`, { question: `q${votes}`, pHat: votes / 10 }),
  )
  expect(filter(pool, [], { band: { low: 0.25, high: 0.75 } }).kept).toEqual(['3', '4', '5', '6', '7'])
})

test('only kept tasks make others duplicates, and of two alike ones the earlier stays', () => {
  const pool = [
    candidate('easy', { question: 'Same?', pHat: 1 }),
    candidate('b', { question: 'Same?' }),
    candidate('c', { question: 'Same?' }),
  ]
  expect(filter(pool)).toEqual({ kept: ['b'], dropped: { 'above-band': 1, duplicate: 1 } })
})

test('a distance of exactly τ is far enough', () => {
  // One word in the middle of eight: precisions 7/8, 5/7, 3/6 and 1/5, whose geometric mean is ½.
  const pool = [
    candidate('a', { question: 'one two three four five six seven eight' }),
    candidate('b', { question: 'one two three nine five six seven eight' }),
  ]
  expect(filter(pool).kept).toEqual(['a', 'b'])
  expect(filter(pool, [], { duplicates: { bleuDistanceMin: 0.51 } }).dropped).toEqual({ 'near-duplicate': 1 })
})

test('tasks of earlier iterations count as kept, unless only this iteration is asked for', () => {
  const pool = [candidate('a', { question: 'SAME?' }), candidate('b', { question: 'What is two plus five?' })]
  const archive = ['same?', 'What is two plus four?']
  expect(filter(pool, archive).dropped).toEqual({ duplicate: 1, 'near-duplicate': 1 })
  expect(filter(pool, archive, { duplicates: { among: 'iteration' } }).kept).toEqual(['a', 'b'])
})

test('who copies an example of the prompt, or nearly, has proposed nothing', () => {
  const pool = [
    candidate('a', { question: 'what is two plus  FIVE?' }),
    candidate('b', { question: 'What is two plus four?' }),
    candidate('c', { question: 'How many odd numbers divide 945?' }),
  ]
  const shown = ['What is two plus five?']
  const copied = filter(pool, [], { duplicates: { among: 'iteration' } }, shown)
  expect(copied).toEqual({ kept: ['c'], dropped: { duplicate: 1, 'near-duplicate': 1 } })
})

test('without a distance only equal questions are dropped', () => {
  const pool = [
    candidate('a', { question: 'What is two plus five?' }),
    candidate('b', { question: 'What is two plus four?' }),
    candidate('c', { question: 'What is two plus four?' }),
  ]
  expect(filter(pool, [], { duplicates: { bleuDistanceMin: 'none' } })).toEqual({
    kept: ['a', 'b'],
    dropped: { duplicate: 1 },
  })
})

test.each([Number.NaN, 1.2, -0.1])('a p̂ of %p is a bug, told with the task’s id', (pHat) => {
  expect(() => filter([candidate('iter-001/task-7', { pHat })])).toThrow(`iter-001/task-7: p̂ is ${pHat}`)
})

test('as many answers may be missing as the config says, and `none` does not look', () => {
  const pool = [0, 0.5, 0.6].map((abstainedShare) => candidate(`q${abstainedShare}`, { pHat: 0.4, abstainedShare }))
  expect(filter(pool).kept).toEqual(['q0', 'q0.5'])
  expect(filter(pool, [], { abstainedMax: 0 }).kept).toEqual(['q0'])
  expect(filter(pool, [], { abstainedMax: 'none' }).kept).toEqual(['q0', 'q0.5', 'q0.6'])
})

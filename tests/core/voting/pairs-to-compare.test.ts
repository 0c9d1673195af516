import { ANSWER_RULES } from '../../../contracts/answer-rules.ts'
import { byDecisions, byForm, formOf, needsGrader, pairsToCompare } from '../../../core/voting/pairs-to-compare.ts'
import { EQUAL } from '../../services/sandbox/equivalence-pairs.ts'

test('of equal answers, none is called different without a grader', () => {
  expect(EQUAL.filter(([left, right]) => byForm(left, right) === 'different')).toEqual([])
  expect(EQUAL.filter(([left, right]) => needsGrader(left, right)).length).toBeGreaterThan(50)
})

test.each([
  ['7', '8', false],
  ['-7', '7', false],
  [' 42 ', '43', false],
  ['007', '7', false],
  ['-0', '0', false],
  ['+5', '5', false],
  ['7.0', '7', false],
  ['1/2', '0.5', false],
  ['(A)', 'a', false],
  ['blue', 'Blue', false],
  ['100%', '1', true],
  ['14/2+1', '8', true],
  ['x y', '7', true],
  ['', '7', true],
])('%p and %p: a grader is needed: %p', (left, right, expected) => {
  expect(needsGrader(left, right)).toBe(expected)
  expect(needsGrader(right, left)).toBe(expected)
})

test('close decimals need a grader where they may be equal', () => {
  const rules = { ...ANSWER_RULES, decimals: 'close' as const }
  expect(needsGrader('1.41', '1.42', rules)).toBe(true)
  expect(needsGrader('1', '2', rules)).toBe(false)
})

test('pairs are of different forms, each once, whatever the order of the answers', () => {
  const pairs = [
    ['10 cm', 'x+1'],
    ['10 cm', 'y'],
    ['x+1', 'y'],
  ]
  expect(pairsToCompare(['y', null, '10 cm', ' y', 'x+1'])).toEqual(pairs)
  expect(pairsToCompare(['x+1', ' y', 'y', '10 cm', null])).toEqual(pairs)
})

test('a missing decision is a bug', () => {
  expect(() => byDecisions([['a', 'b']], [])).toThrow('0 decisions for 1 pairs')
  expect(() => byDecisions([], [])('x+1', 'y+1')).toThrow('the grader has not compared "x+1" with "y+1"')
})

test('a decision holds for each spelling of the form, and mirrored', () => {
  const compare = byDecisions([['x+1', '0.50']], ['equal'])
  expect(compare('1/2', ' x+1')).toBe('equal')
  expect(formOf('1/2')).toBe(formOf('0.50'))
})

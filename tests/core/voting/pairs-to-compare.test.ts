import { normalForm } from '../../../core/answers/normal-form.ts'
import { needsGrader } from '../../../core/voting/pairs-to-compare.ts'
import { EQUAL } from '../../services/sandbox/equivalence-pairs.ts'

test('of what a grader calls equal, all that has different normal forms needs the grader', () => {
  const asked = EQUAL.filter(([left, right]) => normalForm(left) !== normalForm(right))
  expect(asked.length).toBeGreaterThan(50)
  expect(asked.filter(([left, right]) => !needsGrader(left, right))).toEqual([])
})

test.each([
  ['7', '8', false],
  ['-7', '7', false],
  [' 42 ', '43', false],
  ['007', '7', false],
  ['100%', '1', true],
  ['-0', '0', true],
  ['+5', '5', true],
  ['7.0', '7', true],
  ['14/2', '7', true],
  ['x', '7', true],
  ['', '7', true],
])('%p and %p: a grader is needed: %p', (left, right, expected) => {
  expect(needsGrader(left, right)).toBe(expected)
})

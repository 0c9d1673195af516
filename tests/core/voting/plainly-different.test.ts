import { normalForm } from '../../../core/answers/normal-form.ts'
import { plainlyDifferent } from '../../../core/voting/plainly-different.ts'
import { EQUAL } from '../../services/sandbox/equivalence-pairs.ts'

test('what a grader calls equal is never plainly different', () => {
  const asked = EQUAL.filter(([left, right]) => normalForm(left) !== normalForm(right))
  expect(asked.length).toBeGreaterThan(50)
  expect(asked.filter(([left, right]) => plainlyDifferent(left, right))).toEqual([])
})

test.each([
  ['7', '8', true],
  ['-7', '7', true],
  [' 42 ', '43', true],
  ['100%', '1', false],
  ['-0', '0', false],
  ['007', '7', false],
  ['+5', '5', false],
  ['7.0', '7', false],
  ['14/2', '7', false],
  ['x', '7', false],
  ['', '7', false],
])('%p and %p: plainly different is %p', (left, right, expected) => {
  expect(normalForm(left) !== normalForm(right) && plainlyDifferent(left, right)).toBe(expected)
})

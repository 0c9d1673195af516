import { extractAnswer } from '../../../core/answers/extract-answer.ts'

test.each([
  ['no box', 'the answer is 42', null],
  ['one box', 'so \\boxed{42}.', '42'],
  ['the whole answer, not its last character', '\\boxed{\\frac{1}{2}}', '\\frac{1}{2}'],
  ['trimmed', '\\boxed{ 42\n}', '42'],
  ['the last of two', '\\boxed{1} no, \\boxed{2}', '2'],
  ['the inner of nested ones', '\\boxed{\\boxed{5}}', '5'],
  ['the inner one also where the outer goes on', '\\boxed{a \\boxed{b} c}', 'b'],
  ['a truncated last box hides no earlier one', '\\boxed{7} or rather \\boxed{\\frac{1}{', '7'],
  ['a blank last box hides no earlier one', '\\boxed{7}. Put it in \\boxed{ }', '7'],
  ['only a blank one', '\\boxed{}', null],
  ['only a truncated one', '\\boxed{7', null],
  ['escaped braces do not match', '\\boxed{\\{1, 2\\}}', '\\{1, 2\\}'],
  ['an escaped closing brace closes nothing', '\\boxed{1\\}', null],
  ['a line break before a brace is no escape', '\\boxed{a\\\\{b}c}', 'a\\\\{b}c'],
  ['a doubled backslash still boxes', '\\\\boxed{5}', '5'],
  ['a doubled backslash inside a box still boxes', '\\boxed{1} \\\\boxed{5}', '5'],
  ['braces of the prose do not matter', '} { \\boxed{5} { }', '5'],
  ['a truncated box around a complete one', '\\boxed{x = \\boxed{5}', '5'],
  ['a backslash at the very end', '\\boxed{5} \\', '5'],
  ['a box without a brace is none', '\\boxed 5', null],
])('%s', (_name, text, answer) => {
  expect(extractAnswer(text)).toBe(answer)
})

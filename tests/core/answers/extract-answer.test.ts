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
  ['blank ones in one', '\\boxed{7}, \\boxed{\\boxed{ }}', '7'],
  ['only a truncated one', '\\boxed{7', null],
  ['escaped braces do not match', '\\boxed{\\{1, 2\\}}', '\\{1, 2\\}'],
  ['an escaped closing brace closes nothing', '\\boxed{1\\}', null],
  ['a line break before a brace is no escape', '\\boxed{a\\\\{b}c}', 'a\\\\{b}c'],
  ['a doubled backslash still boxes', '\\\\boxed{5}', '5'],
  ['a doubled backslash inside a box still boxes', '\\boxed{1} \\\\boxed{5}', '5'],
  ['braces of the prose do not matter', '} { \\boxed{5} { }', '5'],
  ['a truncated box around a complete one', '\\boxed{x = \\boxed{5}', '5'],
  ['a backslash at the very end', '\\boxed{5} \\', '5'],
  ['a box without a brace', 'so $\\boxed 5$', '5'],
  ['a blank before the brace', '\\boxed {5}', '5'],
  ['a number at the end of a sentence', '\\boxed 1,234.', '1,234'],
  ['a fraction without a brace around it', '\\boxed\\frac{1}{2}', '\\frac{1}{2}'],
  ['a word behind the command is prose', 'put it in \\boxed and stop', null],
  ['a longer command is another', '\\boxedtext{5} \\fboxsep 5', null],
  ['a frame', '\\fbox{5}', '5'],
  ['a frame with its options', '\\framebox[2cm][c]{5}', '5'],
  ['a formula with a box in an argument', '\\boxed{\\frac{\\boxed{1}}{2}}', '\\frac{1}{2}'],
  ['a box in an argument of a truncated one', '\\boxed{\\frac{\\boxed{1}', '1'],
  ['several in one', '\\boxed{\\boxed{2}, \\boxed{3}}', '2, 3'],
])('%s', (_name, text, answer) => {
  expect(extractAnswer(text)).toBe(answer)
})

test.each([
  ['The roots are \\boxed{2} and \\boxed{3}', '2, 3'],
  ['x = \\boxed{2}, y = \\boxed{3}', '2, 3'],
  ['$x=\\boxed{2}$\n$y=\\boxed{3}$', '2, 3'],
  ['$$\\boxed{(2, 2)} \\quad \\text{and} \\quad \\boxed{(6, 2)}$$', '(2, 2), (6, 2)'],
  ['$$\\boxed{(3, 3)} \\text{ for part (a) and } \\boxed{(1, 1)}$$', '(3, 3), (1, 1)'],
  ['(a) \\boxed{2}\n(b) \\boxed{3}', '2, 3'],
  ['x = \\boxed{2} or x = \\boxed{-2}', '2, -2'],
  ['\\boxed{2}, \\boxed{3}, and \\boxed{5}', '2, 3, 5'],
  ['$\\boxed{2} \\quad \\boxed{3}$', '2, 3'],
  ['- $x = \\boxed{2}$\n- $x = \\boxed{3}$', '2, 3'],
  ['1. \\boxed{2}\n2. \\boxed{3}', '2, 3'],
  ['\\boxed{2} cm and the width is \\boxed{3} cm', '2, 3'],
])('boxes that stand beside each other are one answer: %s', (text, answer) => {
  expect(extractAnswer(text)).toBe(answer)
})

test.each([
  '\\boxed{2}. Wait, that is for n = 1, so \\boxed{3}',
  '\\boxed{2}, no, \\boxed{3}',
  'x = \\boxed{2}, so y = \\boxed{3}',
  '\\boxed{2} and the final answer is \\boxed{3}',
  '\\boxed{2}, or rather \\boxed{3}',
  '\\boxed{2} = \\boxed{3}',
  '\\boxed{2} \\implies \\boxed{3}',
  '\\boxed{2}\n\n\\boxed{3}',
  'It is \\boxed{3}, not \\boxed{2}',
  '\\boxed{3} rather than $x = \\boxed{2}$',
  '\\boxed{3}, \\boxed{3}, \\boxed{3}',
  '1. We find \\boxed{2}.\n2. With it \\boxed{3}',
])('a box that replaces the one before it, or follows from it, is the answer alone: %s', (text) => {
  expect(extractAnswer(text)).toBe('3')
})

test.each([
  'answer',
  'your answer here',
  'its final answer',
  'final_answer',
  'final\\_answer',
  '\\text{ }',
  'The Answer',
  '\\text{final answer}',
  '<answer>',
  'Answer goes here',
  '...',
  '\\ldots',
  '?',
  '\\text{?}',
  'None',
  '\\text{N/A}',
  '___',
  '\\square',
  ' ',
])('a placeholder is no answer, and hides none: %s', (content) => {
  expect(extractAnswer(`\\boxed{${content}}`)).toBeNull()
  expect(extractAnswer(`So \\boxed{7}. Put it in \\boxed{${content}}`)).toBe('7')
})

test.each([
  'A',
  'option A',
  'a',
  '0',
  '-',
  '<',
  '\\{\\}',
  '\\emptyset',
  'No solution',
  'undefined',
  'an integer',
  'n',
  '(0,\\ldots,0)',
])('what may be an answer is one: %s', (content) => {
  expect(extractAnswer(`\\boxed{${content}}`)).toBe(content)
})

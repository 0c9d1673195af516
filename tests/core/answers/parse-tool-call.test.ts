import { answerIn } from '../../../core/answers/answer-in.ts'
import { fencedBlocks } from '../../../core/answers/fenced-blocks.ts'
import { parseToolCall } from '../../../core/answers/parse-tool-call.ts'

const FENCE = '```'
const python = (code: string) => `${FENCE}python\n${code}\n${FENCE}\n`

test.each([
  ['no fence', 'the answer is 4', { kind: 'none' }],
  ['a program', `I run:\n${python('print(1)')}`, { kind: 'call', code: 'print(1)' }],
  ['a program of two lines', python('x = 1\nprint(x)'), { kind: 'call', code: 'x = 1\nprint(x)' }],
  ['an empty program', `${FENCE}python\n${FENCE}\n`, { kind: 'call', code: '' }],
  ['an opening fence behind words', `Code: ${python('print(1)')}`, { kind: 'call', code: 'print(1)' }],
  ['an indented closing fence', `${FENCE}python\nx\n  ${FENCE} \n`, { kind: 'call', code: 'x' }],
  ['a closing fence at the end of the text', `${FENCE}python\nx\n${FENCE}`, { kind: 'call', code: 'x' }],
  ['a fence inside a line closes nothing', `${FENCE}python\nx = "${FENCE}"\n`, { kind: 'unclosed' }],
  ['an unclosed program', `${FENCE}python\nprint(1)\n`, { kind: 'unclosed' }],
  ['a cut opening line', `${FENCE}python`, { kind: 'none' }],
  ['another language', `${FENCE}latex\nx\n${FENCE}\n`, { kind: 'none' }],
  ['a program behind another fence', `${FENCE}\nx\n${FENCE}\n${python('y')}`, { kind: 'call', code: 'y' }],
  ['a fence opened twice', `${FENCE}python\n${python('x')}`, { kind: 'call', code: `${FENCE}python\nx` }],
  ['the first of several programs', python('first') + python('second'), { kind: 'call', code: 'first' }],
  ['text behind the fence is no part', `${python('first')}So x`, { kind: 'call', code: 'first' }],
  ['an output block is no program', `${FENCE}output\n1\n${FENCE}\n`, { kind: 'none' }],
])('%s', (_name, text, parsed) => {
  expect(parseToolCall(text)).toEqual(parsed)
})

test('blocks do not overlap, and a fence that is opened twice is one block', () => {
  const text = `${FENCE}python\n${python('x')}`
  expect(fencedBlocks(text + python('y')).map(({ start, end }) => [start, end])).toEqual([
    [0, text.length - 1],
    [text.length, text.length + python('y').length - 1],
  ])
})

test.each([
  ['a box that a program prints is no answer', python('print("\\\\boxed{1}")'), null],
  ['nor one in an unclosed program', `${FENCE}python\n\\boxed{1}`, null],
  ['nor one in a tool result', `${FENCE}output\n\\boxed{1}\n${FENCE}\n`, null],
  ['a box before a program is an answer', `\\boxed{2}\n${python('\\boxed{1}')}`, '2'],
  ['a box behind it is a later one', `\\boxed{2}\n${python('x')}\\boxed{3}`, '3'],
  ['a box in a fence of another kind is prose', `${FENCE}\n\\boxed{4}\n${FENCE}\n`, '4'],
])('%s', (_name, text, answer) => {
  expect(answerIn(text)).toBe(answer)
})

test.each([
  ['a fence with words behind it', '```python\nprint(1)\n``` The answer is \\boxed{3}', '3'],
  ['a fence at the end of a line of code', '```python\nprint(1)```\nso \\boxed{3}', '3'],
  ['a fence of four backticks', '````python\nprint(1)\n````\nso \\boxed{3}', '3'],
  ['a box inside the block alone', '```python\nprint("\\boxed{3}")\n```\nhm', null],
])('an answer behind a block is found, however its fence is written: %s', (_title, text, answer) => {
  expect(answerIn(text)).toBe(answer)
})

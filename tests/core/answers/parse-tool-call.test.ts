import { answerIn } from '../../../core/answers/answer-in.ts'
import { fencedBlocks } from '../../../core/answers/fenced-blocks.ts'
import { parseToolCall, readTurn } from '../../../core/answers/parse-tool-call.ts'

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
  ['a box alone in a fence without a label is prose', `${FENCE}\n\\boxed{4}\n${FENCE}\n`, '4'],
  ['and in LaTeX or Markdown', `${FENCE}latex\nx = \\boxed{4}\n${FENCE}\n`, '4'],
  ['not behind a program', `${python('x')}${FENCE}\n\\boxed{4}\n${FENCE}\n`, null],
  ['nor in a program without a label', `${FENCE}\nprint("\\boxed{4}")\n${FENCE}\n`, null],
  ['a stray fence hides nothing', `${python('x')}${FENCE}\nSo \\boxed{4}`, '4'],
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

const LABELS = [
  'py',
  'Python',
  'PYTHON',
  'python3',
  'python3.11',
  ' python',
  '{.python}',
  '{python}',
  'python title=x',
  'python {1-3}',
]

test.each(LABELS)('a program is one in any usual spelling: ```%s', (label) => {
  const text = `${FENCE}${label}\nprint("\\boxed{5}")\n${FENCE}\n`
  expect(parseToolCall(text)).toEqual({ kind: 'call', code: 'print("\\boxed{5}")' })
  expect(parseToolCall(`I run ${text}`).kind).toBe('call')
  expect(answerIn(text)).toBeNull()
  expect(parseToolCall(text, 'exact').kind).not.toBe('call')
})

test.each([...LABELS, 'output', 'Output', 'text', 'bash', 'js', 'json', 'tool_code', 'console', 'stdout'])(
  'a box in a fenced block is no answer, whatever the label and the sign: %s',
  (label) => {
    for (const fence of [FENCE, '~~~', '````'])
      expect(answerIn(`${fence}${label}\n\\boxed{5}\n${fence}\nHm.`)).toBeNull()
  },
)

test.each([
  ['tildes', '~~~python\nprint(1)\n~~~\n'],
  ['tildes, closed by backticks', '~~~python\nprint(1)\n```\n'],
  ['backticks, closed by tildes', '```python\nprint(1)\n~~~\n'],
  ['four backticks, closed by three', '````python\nprint(1)\n```\n'],
  ['three, closed by four', '```python\nprint(1)\n````\n'],
  ['closed by two', '```python\nprint(1)\n``\n'],
  ['closed by its label', '```python\nprint(1)\n```python\n'],
  ['followed by another, unclosed', '```python\nprint(1)\n```python\nprint(2)\n```\n'],
  ['closed by its output', '```python\nprint(1)\n```output\n1\n```\n'],
  ['closed in the line of the last statement', '```python\nprint(1)```\n'],
  ['in a list', '- ```py\n  print(1)\n  ```\n'],
  ['with the line ends of Windows', '```python\r\nprint(1)\r\n```\r\n'],
])('a program is whole however its fence is written: %s', (_name, text) => {
  expect(parseToolCall(text)).toEqual({ kind: 'call', code: 'print(1)' })
})

test.each(['"""', "'''"])('a fence in a string of the program closes nothing: %s', (quote) => {
  for (const inner of [
    FENCE,
    `${FENCE}\n${FENCE}`,
    `${FENCE}python\nx\n${FENCE}`,
    '~~~',
    `${FENCE}output\n1\n${FENCE}`,
  ]) {
    const code = `s = ${quote}\n${inner}\n${quote}  # it's a fence\nprint(len(s))`
    expect(parseToolCall(python(code))).toEqual({ kind: 'call', code })
  }
})

test('a program whose string nothing closes ends at its first fence, and may go on while nothing follows', () => {
  const open = python('s = """')
  expect(readTurn(open)).toMatchObject({ call: { kind: 'call', code: 's = """' }, mayGoOn: true })
  expect(parseToolCall(`${open}${FENCE}output\n1\n${FENCE}\n${python('t = """x"""')}`)).toEqual({
    kind: 'call',
    code: 's = """',
  })
})

test.each([
  `${FENCE}tool_code\nprint(1)\n${FENCE}\n`,
  `${FENCE}\nprint(1)\n${FENCE}\n`,
  `${FENCE}sage\nfactor(6)\n${FENCE}\n`,
  '<python>print(1)</python>',
  '<tool_call>{"name": "python"}</tool_call>',
  '<|python_tag|>print(1)',
  '<function=python>print(1)</function>',
  '<execute_python>print(1)</execute_python>',
  `${FENCE}python print(1)${FENCE}`,
])('a call in a form that nobody runs is told from no call: %s', (text) => {
  expect(parseToolCall(text)).toEqual({ kind: 'not_understood' })
})

test.each([
  `${FENCE}\nx + y\n${FENCE}\n`,
  `${FENCE}latex\nx\n${FENCE}\n`,
  `${FENCE}text\nfor example\n${FENCE}\n`,
  'print the answer',
])('what is no program is no call: %s', (text) => {
  expect(parseToolCall(text)).toEqual({ kind: 'none' })
})

test.each([
  ['<think>maybe \\boxed{5}</think>', null],
  ['maybe \\boxed{5}</think> Hm.', null],
  ['<think>maybe \\boxed{5}</think> \\boxed{6}', '6'],
  ['<think>perhaps \\boxed{5} or not. \\boxed{7}', '7'],
  ['\\boxed{4}<think>or \\boxed{5}</think>', '4'],
  ['<think>a</think>\\boxed{3}<think>\\boxed{2}</think>', '3'],
  ['<reasoning>\\boxed{2}</reasoning>', null],
  ['<Think>\\boxed{2}</Think>', null],
])('what is thought is not said, unless the thought never ends: %s', (text, answer) => {
  expect(answerIn(text)).toBe(answer)
})

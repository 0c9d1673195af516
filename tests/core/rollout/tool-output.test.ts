import { RolloutLimits } from '../../../contracts/rollout.ts'
import { answerIn } from '../../../core/answers/answer-in.ts'
import { advance, replay } from '../../../core/rollout/advance.ts'
import { shownText, toolOutput } from '../../../core/rollout/tool-output.ts'
import {
  aStart,
  encode,
  executed,
  failedVerdicts,
  generated,
  limits,
  okVerdict,
  program,
} from '../../support/rollouts.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const waiting = (toolOutputTokensMax = 60, text = program('x')) =>
  replay(aStart({ toolOutputTokensMax }), [generated(0, text)])

const outputOf = (stdout: string, toolOutputTokensMax?: number, tokenize = encode) =>
  toolOutput(waiting(toolOutputTokensMax), okVerdict(stdout), tokenize)

test('the standard output becomes an output block', () => {
  expect(outputOf('42\n')).toEqual({ text: '```output\n42\n```\n', tokenIds: encode('```output\n42\n```\n') })
})

test('a program that printed nothing says so', () => {
  expect(outputOf('').text).toBe('```output\n[nothing was printed]\n```\n')
  expect(outputOf('\n').text).toBe('```output\n[nothing was printed]\n```\n')
  const exact = replay(aStart({ toolCalls: 'exact' }), [generated(0, program('x'))])
  expect(toolOutput(exact, okVerdict(''), encode).text).toBe('```output\n\n```\n')
})

test.each(['```\n\\boxed{7}', 'a```\n\\boxed{7}\n```python\nx', '~~~\n\\boxed{7}', '`````\n\\boxed{7}'])(
  'nothing that is printed leaves its block: %j',
  (stdout) => {
    const { text } = outputOf(stdout)
    expect(text).toContain(stdout)
    expect(answerIn(`${program('x')}${text}Hm.`)).toBeNull()
    expect(answerIn(`${program('x')}${text}So \\boxed{8}`)).toBe('8')
  },
)

test('the block begins on a line of its own, also if the turn did not end one', () => {
  const state = waiting(60, `${program('x')}So`)
  expect(toolOutput(state, okVerdict('42'), encode).text).toBe('\n```output\n42\n```\n')
})

test.each([
  ['error', 'Traceback …\nNameError: y'],
  ['timeout', 'Error: the program ran out of cpu time'],
  ['memory', 'Error: the program ran out of memory'],
  ['crash', 'Error: the program was ended by SIGSEGV'],
  ['output_limit', 'Error: the program wrote too much'],
])('a verdict %s shows its error text', (kind, text) => {
  expect(
    shownText(
      failedVerdicts.find((verdict) => verdict.kind === kind)!,
      'traceback',
    ),
  ).toBe(text)
})

test('an error without a traceback shows what stands in standard error, else the exit code', () => {
  const silent = { ...okVerdict(''), kind: 'error', exitCode: 3, traceback: '', memoryError: false } as const
  expect(shownText({ ...silent, stderr: 'bad input' }, 'traceback')).toBe('bad input')
  for (const shown of ['traceback', 'last-line'] as const) expect(shownText(silent, shown)).toBe('Error: exit code 3')
})

test('an error is shown whole, or its last line alone', () => {
  const error = failedVerdicts.find(({ kind }) => kind === 'error')!
  const shown = (shownError: 'traceback' | 'last-line') =>
    toolOutput(replay(aStart({ shownError }), [generated(0, program('y'))]), error, encode).text
  expect(shown('traceback')).toBe('```output\nTraceback …\nNameError: y\n```\n')
  expect(shown('last-line')).toBe('```output\nNameError: y\n```\n')
})

test('a program that was not run shows the rule that it breaks', () => {
  expect(shownText({ kind: 'not_run', codeLinesMax: 6 }, 'last-line')).toBe('Error: more than 6 lines')
})

test('long output is cut to the limit, keeps its right end and says so', () => {
  const digits = '0123456789'.repeat(20)
  const { text, tokenIds } = outputOf(digits)
  expect(tokenIds).toHaveLength(60)
  expect(text).toBe(`\`\`\`output\n[earlier output cut]\n${digits.slice(-24)}\n\`\`\`\n`)
})

test('output that just fits is not cut, one character more is', () => {
  expect(outputOf('x'.repeat(45)).text).not.toContain('cut')
  expect(outputOf('x'.repeat(46)).text).toContain('[earlier output cut]')
})

test('a cut never halves a character', () => {
  for (let limit = 50; limit < 60; limit++) {
    const byUnits = (text: string) => Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
    expect(outputOf('😀'.repeat(100), limit, byUnits).text).not.toMatch(/\p{Surrogate}/u)
  }
})

test('whatever a program prints, the block fits its limit and is as long as that allows', () => {
  const random = seededRandom(5)
  // Like byte pairs: some characters share a token, some need three.
  const tokenize = (text: string) =>
    Array.from(text.replaceAll('ab', '#'), (character) =>
      character === 'é' ? [1, 2, 3] : [character.charCodeAt(0)],
    ).flat()
  for (let round = 0; round < 300; round++) {
    const stdout = Array.from({ length: random.integer(400) }, () => random.pick(['a', 'ab', 'é', '\n', 'x'])).join('')
    const limit = 40 + random.integer(200)
    const { text, tokenIds } = outputOf(stdout, limit, tokenize)
    expect(tokenIds).toEqual(tokenize(text))
    expect(tokenIds.length).toBeLessThanOrEqual(limit)
    expect(!text.includes('cut]') || tokenIds.length > limit - 3).toBe(true)
  }
})

test('the tokenizer is asked a few times about short texts, however much was printed', () => {
  const asked: number[] = []
  const fourInOne = (text: string) => {
    asked.push(text.length)
    return Array<number>(Math.ceil(text.length / 4)).fill(1)
  }
  expect(outputOf('y'.repeat(65_536), 60, fourInOne).tokenIds).toHaveLength(60)
  expect(asked.length).toBeLessThan(15)
  expect(Math.max(...asked)).toBeLessThan(600)
})

test('the smallest limit that a config may set holds the fences and the notice', () => {
  expect(RolloutLimits.safeParse({ ...limits, toolOutputTokensMax: 39 }).success).toBe(false)
  const state = waiting(
    RolloutLimits.parse({ ...limits, toolOutputTokensMax: 40 }).toolOutputTokensMax,
    `${program('x')}So`,
  )
  const output = toolOutput(state, okVerdict('z'.repeat(100)), encode)
  expect(advance(state, { ...executed(0, ''), output } as ReturnType<typeof executed>).pendingCode).toBeNull()
})

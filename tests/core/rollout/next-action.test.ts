import { advance, replay } from '../../../core/rollout/advance.ts'
import { CODE_BYTES_MAX, notRun } from '../../../core/rollout/next-action.ts'
import { toolOutput } from '../../../core/rollout/tool-output.ts'
import { aStart, encode, executed, generated, limits, program } from '../../support/rollouts.ts'

const six = { ...limits, codeLinesMax: 6 }
const lines = (count: number) => Array.from({ length: count }, (_, index) => `x=${index}`).join('\n')

test.each([
  ['as many lines as allowed', six, lines(6), null],
  ['a line more', six, lines(7), { kind: 'not_run', codeLinesMax: 6 }],
  ['no such rule', limits, lines(700), null],
  ['as many bytes as the sandbox takes', limits, ' '.repeat(CODE_BYTES_MAX), null],
  ['a byte more', limits, ' '.repeat(CODE_BYTES_MAX + 1), { kind: 'not_run', codeBytesMax: CODE_BYTES_MAX }],
  ['bytes, not characters', limits, '€'.repeat(90_000), { kind: 'not_run', codeBytesMax: CODE_BYTES_MAX }],
  [
    'half characters count as what they become',
    limits,
    '\ud800'.repeat(90_000),
    { kind: 'not_run', codeBytesMax: CODE_BYTES_MAX },
  ],
])('%s', (_what, given, code, expected) => {
  expect(notRun(given, code)).toEqual(expected)
})

const waitingFor = (code: string) => replay(aStart({ codeLinesMax: 6 }), [generated(0, program(code))])

test('the rollout goes on behind a program that was not run, with the rule as its output', () => {
  const state = waitingFor(lines(7))
  const verdict = notRun(state.limits, state.pendingCode!)!
  const output = toolOutput(state, verdict, encode)
  const after = advance(state, { kind: 'executed', turn: 0, verdict, output })
  expect(after.turns[0]!.toolCall).toMatchObject({ verdict, output: '```output\nError: more than 6 lines\n```\n' })
  expect(after.pendingCode).toBeNull()
})

test('a program over the limit that was run, or one within it that was not, is a bug of the caller', () => {
  const verdict = { kind: 'not_run', codeLinesMax: 6 } as const
  expect(() => advance(waitingFor(lines(7)), executed(0, '1'))).toThrow(/was run/)
  expect(() => advance(waitingFor(lines(6)), { ...executed(0, '1'), verdict } as never)).toThrow(/was not run/)
})

import type { IterationSummary } from '../../../contracts/iteration-summary.ts'
import { checkClaims } from '../../../core/report/claim-checks.ts'
import { summariseIteration } from '../../../core/metrics/iteration-summary.ts'

type Number =
  | 'heldOutMean'
  | 'frozenExecutorAgreement'
  | 'frozenExecutorCorrectness'
  | 'toolCallsPerTask'
  | 'labelAccuracy'

const over = (name: Number, values: readonly (number | null)[]): IterationSummary[] =>
  values.map((value, iteration) => ({ ...summariseIteration(iteration, []), [name]: value }))

const verdict = (claim: string, summaries: IterationSummary[]) =>
  checkClaims(summaries).find((each) => each.claim === claim)!

test.each([
  ['a gain', [0.3, 0.2, 0.6], true],
  ['a loss', [0.3, 0.6, 0.2], false],
  ['no change', [0.3, 0.3], false],
  ['no base', [null, 0.3, 0.4], null],
  ['no end', [0.3, 0.5, null], null],
  ['the base alone', [0.3], null],
  ['nothing', [], null],
])('held out, the ends count: %s', (_name, values, holds) => {
  expect(verdict('held-out-rises', over('heldOutMean', values)).holds).toBe(holds)
})

test.each([
  ['frozen-agreement-falls', 'frozenExecutorAgreement', [0.64, 0.585, 0.51], true],
  ['frozen-agreement-falls', 'frozenExecutorAgreement', [0.64, 0.64, 0.51], false],
  ['frozen-correctness-falls', 'frozenExecutorCorrectness', [0.5, 0.6], false],
  ['frozen-correctness-falls', 'frozenExecutorCorrectness', [0.5], null],
  ['tool-calls-rise', 'toolCallsPerTask', [16.5, 21, 26], true],
  ['tool-calls-rise', 'toolCallsPerTask', [16.5, 21, 20], false],
  ['most-labels-right', 'labelAccuracy', [0.89, 0.51], true],
  ['most-labels-right', 'labelAccuracy', [0.89, 0.5, 0.9], false],
  ['most-labels-right', 'labelAccuracy', [], null],
] as const)('each iteration counts: %s, %s %j', (claim, name, values, holds) => {
  expect(verdict(claim, over(name, [null, ...values]))).toEqual({ claim, holds, values })
})

test('one claim is judged by its own numbers alone', () => {
  const others = checkClaims(over('heldOutMean', [0.1, 0.2, 0.3])).filter(({ claim }) => claim !== 'held-out-rises')
  expect(others.map(({ holds }) => holds)).toEqual([null, null, null, null])
})

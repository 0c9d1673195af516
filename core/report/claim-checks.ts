import type { IterationSummary } from '../../contracts/iteration-summary.ts'

/** A sentence of the paper held against the numbers of a run, or what the others hang on: that the votes were right. */
export interface ClaimCheck {
  /** What is asked of the numbers. */
  claim:
    | 'held-out-rises'
    | 'frozen-agreement-falls'
    | 'frozen-correctness-falls'
    | 'tool-calls-rise'
    | 'most-labels-right'
  /** Null if there are too few numbers to say. */
  holds: boolean | null
  /** The numbers, by iteration, as far as they were measured. */
  values: number[]
}

type Summaries = readonly IterationSummary[]

const measured = (values: readonly (number | null)[]) => values.filter((value) => value !== null)

/** Whether each number is beyond the one before it. */
function isSteady(values: readonly number[], direction: 1 | -1): boolean | null {
  if (values.length < 2) return null
  return values.slice(1).every((value, index) => (value - values[index]!) * direction > 0)
}

/** The base model against the last iteration. */
function heldOut(summaries: Summaries): ClaimCheck {
  const [base, ...later] = summaries.map(({ heldOutMean }) => heldOutMean)
  const last = later.at(-1) ?? null
  const known = base !== undefined && base !== null && last !== null
  return { claim: 'held-out-rises', holds: known ? last > base : null, values: known ? [base, last] : [] }
}

function steady(
  claim: ClaimCheck['claim'],
  summaries: Summaries,
  of: (summary: IterationSummary) => number | null,
  direction: 1 | -1,
): ClaimCheck {
  const values = measured(summaries.map(of))
  return { claim, holds: isSteady(values, direction), values }
}

/** In every iteration: an executor that learns from wrong votes agrees with itself, and its frozen first state with neither. */
function mostLabelsRight(summaries: Summaries): ClaimCheck {
  const values = measured(summaries.map(({ labelAccuracy }) => labelAccuracy))
  return {
    claim: 'most-labels-right',
    holds: values.length === 0 ? null : values.every((value) => value > 0.5),
    values,
  }
}

/** What a run showed: computed from its numbers, whichever way they went. */
export function checkClaims(summaries: Summaries): ClaimCheck[] {
  return [
    heldOut(summaries),
    steady('frozen-agreement-falls', summaries, (each) => each.frozenExecutorAgreement, -1),
    steady('frozen-correctness-falls', summaries, (each) => each.frozenExecutorCorrectness, -1),
    steady('tool-calls-rise', summaries, (each) => each.toolCallsPerTask, 1),
    mostLabelsRight(summaries),
  ]
}

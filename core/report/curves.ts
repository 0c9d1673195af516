import type { RunArtifacts, StepMetrics } from './run-report.ts'

/** A number over the steps of a stage, or over the iterations. */
export interface Curve {
  /** `executor/loss`, `iteration/heldOutMean`. */
  name: string
  points: [step: number, value: number][]
}

/** The steps of each stage numbered through over all iterations. */
export function numberedThrough(steps: readonly StepMetrics[]): StepMetrics[] {
  const taken: Record<string, number> = {}
  return steps.map((each) => ({ ...each, step: (taken[each.stage] = (taken[each.stage] ?? 0) + 1) }))
}

/** Every number of a run that has a course: for programs that draw such. */
export function curvesOf({ steps, iterations }: Pick<RunArtifacts, 'steps' | 'iterations'>): Curve[] {
  const points = [
    ...numberedThrough(steps).map(({ stage: family, step, metrics }) => ({ family, step, numbers: metrics })),
    ...iterations.map(({ summary }) => ({ family: 'iteration', step: summary.iteration, numbers: { ...summary } })),
  ]
  const curves: Record<string, Curve['points']> = {}
  for (const { family, step, numbers } of points)
    for (const [name, value] of Object.entries(numbers))
      if (typeof value === 'number' && name !== 'iteration') (curves[`${family}/${name}`] ??= []).push([step, value])
  return Object.entries(curves).map(([name, of]) => ({ name, points: of }))
}

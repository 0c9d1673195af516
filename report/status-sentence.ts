import type { RunReport } from '../core/report/run-report.ts'

/** How far a run is, and so what its report is a report of. */
export function statusSentence({ iterations, iterationsPlanned, isFinished, steps }: RunReport): string {
  if (isFinished)
    return `Finished: the base model and ${iterationsPlanned} ${iterationsPlanned === 1 ? 'iteration' : 'iterations'}.`
  const last = iterations.at(-1)
  const trained = steps.filter(({ iteration }) => iteration > (last ?? 0))
  const underWay = trained.length === 0 ? '' : ` The next one has taken ${trained.length} training steps so far.`
  if (last === undefined) return `Not finished: not even the base model is evaluated yet.${underWay}`
  const done = last === 0 ? 'only the base model is evaluated' : `iteration ${last} of ${iterationsPlanned} is over`
  return `Not finished: ${done}; these are the numbers so far.${underWay}`
}

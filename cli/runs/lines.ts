import type { RunView } from '../../services/temporal/run-view.ts'
import { alertLines } from './alert-words.ts'
import { waitingFor } from './screen.ts'
import { figure, iterationOf, NO_WORKER, pendingFailureLine } from './words.ts'

// What `watch` prints without a terminal: a line for each change.

/** What the run is doing; printed when it changes. */
function headline({ status, stage, entry }: RunView): string {
  if (status === null) return entry.ending === null ? NO_WORKER : ''
  const { iteration, iterations, halted } = status
  if (halted !== null || stage === null) return ''
  const { doing, shardsOver } = stage
  const shards =
    shardsOver !== null && shardsOver.total > 1 ? ` (${shardsOver.done} of ${shardsOver.total} shards)` : ''
  return `${iterationOf(iteration, iterations)} · ${stage.stage} · ${doing}${shards}`
}

/** The numbers of the latest step, if it is a new one. */
function stepLine(before: RunView | null, { stage, status }: RunView): string {
  if (stage === null || stage.steps === null || stage.steps.done === 0) return ''
  const known = before?.stage?.stage === stage.stage && before.status?.iteration === status?.iteration
  if (known && before.stage!.steps?.done === stage.steps.done) return ''
  const numbers = Object.entries(stage.latest).map(([name, value]) => `${name} ${figure(value)}`)
  return `${stage.stage}: step ${stage.steps.done} of ${stage.steps.total} done · ${numbers.join(' · ')}`
}

function scoreLines(before: RunView | null, { status }: RunView): string[] {
  const known = before?.status?.scores.length ?? status?.scores.length ?? 0
  return (status?.scores ?? []).slice(known).flatMap((score, index) => {
    const iteration = known + index
    const whose = `${iteration === 0 ? 'of' : 'after'} ${iterationOf(iteration, status!.iterations)}`
    return score === null ? [] : [`held-out mean@k ${whose}: ${score.toFixed(3)}`]
  })
}

const waitsOf = ({ status, stage }: RunView) => (status === null ? null : waitingFor(status, stage))

/** Failures that were not there at the previous look; another attempt at the same is not printed again. */
function pendingFailureLines(before: RunView | null, { pendingFailures, at }: RunView): string[] {
  const nameOf = ({ activity, reason }: RunView['pendingFailures'][number]) => `${activity}: ${reason}`
  const known = new Set(before?.pendingFailures.map(nameOf))
  return pendingFailures
    .filter((failing) => !known.has(nameOf(failing)))
    .map((failing) => pendingFailureLine(failing, at))
}

/** What is new in a view; all of it in the first one. */
export function linesOf(before: RunView | null, view: RunView): string[] {
  const [head, waits] = [headline(view), waitsOf(view)]
  const lines = scoreLines(before, view)
  const step = stepLine(before, view)
  if (step !== '') lines.push(step)
  if (head !== '' && (before === null || headline(before) !== head)) lines.push(head)
  const waited = before === null ? null : waitsOf(before)
  if (waits !== waited) lines.push(waits === null ? 'continuing' : `waiting: ${waits}`)
  const alerts = alertLines(before?.status?.alerts ?? [], view.status?.alerts ?? [])
  return [...lines, ...pendingFailureLines(before, view), ...alerts]
}

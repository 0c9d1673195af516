import { forTerminal } from '../../contracts/text.ts'
import type { RunStatus, ShardStatus, StageStatus } from '../../contracts/run-status.ts'
import type { RunView } from '../../services/temporal/run-view.ts'
import { timeSpan } from '../../core/metrics/time-span.ts'
import { alertRow } from './alert-words.ts'
import { millisecondsLeft, type Pace, tasksPerSecond } from './pace.ts'
import {
  count,
  endingLines,
  figure,
  iterationOf,
  NO_WORKER,
  scoreTrail,
  haltLine,
  pendingFailureLine,
} from './words.ts'

const INDENT = 12
const BAR_WIDTH = { least: 10, most: 32 }
/** Columns beside a bar: its label, its numbers, its rate. */
const BESIDE_BAR = 44

type Row = [label: string, text: string]

/** `████░░░░`, as full as `done` of `total`. */
export function bar({ done, total }: ShardStatus, width: number): string {
  const full = total > 0 ? Math.round((Math.min(done, total) / total) * width) : 0
  return '█'.repeat(full) + '░'.repeat(width - full)
}

function barRow(label: string, status: ShardStatus, columns: number, beside: string): Row {
  const width = Math.max(BAR_WIDTH.least, Math.min(BAR_WIDTH.most, columns - BESIDE_BAR))
  const numbers = `${bar(status, width)}  ${count(status.done)}/${count(status.total)}`
  return [label, beside === '' ? numbers : `${numbers}  ${beside}`]
}

/** A row in as many lines as it needs, broken between words. */
function rowLines([label, text]: Row, columns: number): string[] {
  const width = Math.max(BAR_WIDTH.most, columns - INDENT)
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`
    if (lines.length === 0 || longer.length > width) lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines.map((line, index) => `  ${(index === 0 ? label : '').padEnd(INDENT - 2)}${line}`)
}

/** Why nothing new starts, if the run waits for a person. */
export function waitingFor({ halted, control }: RunStatus, stage: StageStatus | null): string | null {
  if (halted !== null) return haltLine(halted)
  return stage?.waitsFor ?? (control.paused ? 'paused: "agent0 resume" continues; running work ends first' : null)
}

function stageRows(view: RunView, stage: StageStatus, pace: Pace | null, columns: number): Row[] {
  const rows: Row[] = [['now', stage.doing]]
  const left = pace === null ? null : millisecondsLeft(pace, view.at)
  const eta = left === null ? '' : `about ${timeSpan(left)} left`
  const { steps, shardsOver, latest } = stage
  if (steps !== null) rows.push(barRow('steps', steps, columns, eta))
  if (shardsOver !== null && shardsOver.total > 1) rows.push(barRow('shards', shardsOver, columns, ''))
  if (view.shards.length > 0) {
    const tasks = view.shards.reduce(
      (sum, shard) => ({ done: sum.done + shard.done, total: sum.total + shard.total }),
      { done: 0, total: 0 },
    )
    const rate = pace === null ? null : tasksPerSecond(pace)
    const beside = [rate === null ? '' : `${figure(rate)}/s`, steps === null ? eta : ''].filter((text) => text !== '')
    // A shard that is still generating proposals does not know its number of tasks yet.
    if (tasks.total > 0) rows.push(barRow('tasks', tasks, columns, beside.join('  ')))
  }
  const numbers = Object.entries(latest).map(([name, value]) => `${name} ${figure(value)}`)
  if (numbers.length > 0) rows.push(['latest', numbers.join(' · ')])
  return rows
}

function budgetOf({ control, sampledTokens }: RunStatus, stage: StageStatus | null): string {
  const sum = sampledTokens + (stage?.sampledTokens ?? 0)
  if (sum === 0 && control.sampledTokensLeft === null) return 'counted when a shard ends'
  const sampled = `${count(sum)} sampled`
  const { sampledTokensLeft } = control
  return sampledTokensLeft === null ? sampled : `${sampled} of ${count(sampledTokens + sampledTokensLeft)}`
}

function statusRows(view: RunView, status: RunStatus, pace: Pace | null, columns: number): Row[] {
  const { stage } = view
  const rows: Row[] = []
  if (status.stagesDone.length > 0) rows.push(['done', status.stagesDone.join(', ')])
  if (stage !== null) rows.push(...stageRows(view, stage, pace, columns))
  const waits = waitingFor(status, stage)
  if (waits !== null) rows.push(['waiting', waits])
  if (status.stopAfter !== null) rows.push(['stops', `after this ${status.stopAfter}; "agent0 resume" cancels that`])
  if (status.scores.length > 0) rows.push(['held-out', `${scoreTrail(status.scores)} (mean@k by iteration)`])
  rows.push(['tokens', `${budgetOf(status, stage)}; at most ${status.control.tasksInFlight} tasks in flight`])
  return rows
}

function titleOf({ at, entry, status }: RunView): string {
  const span = timeSpan(at - entry.startedAt)
  const stage = status?.halted?.stage ?? status?.stage?.name
  const where =
    status === null
      ? entry.iteration === null
        ? 'not started yet'
        : `iteration ${entry.iteration}`
      : [iterationOf(status.iteration, status.iterations), ...(stage === undefined ? [] : [stage])].join(' · ')
  return `${entry.run} · ${where} · ${span}`
}

/**
 * The progress of a run on one screen.
 * @param pace measured while watching; null if nobody does
 * @param columns width of the terminal
 */
export function runScreen(view: RunView, pace: Pace | null, columns: number): string[] {
  const { entry, status, pendingFailures, at } = view
  if (entry.ending !== null) return endingLines(entry)
  const rows: Row[] = status === null ? [['now', NO_WORKER]] : statusRows(view, status, pace, columns)
  rows.push(
    ...pendingFailures.map((failing): Row => [
      failing.attempts === 0 ? 'waiting' : 'retrying',
      pendingFailureLine(failing, at),
    ]),
  )
  rows.push(...(status?.alerts ?? []).map((alert) => alertRow(alert, at)).filter((row) => row !== null))
  const shown = rows.map(([label, text]): Row => [label, forTerminal(text)])
  return [titleOf(view), ...shown.flatMap((row) => rowLines(row, columns))]
}

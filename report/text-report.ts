import type { RunReport } from '../core/report/run-report.ts'
import type { Row, Section } from '../core/report/section.ts'
import { table } from '../host/table.ts'
import { decisionSentence, formatNumber, formatPaper, textBars, verdictSentence } from './format.ts'
import { statusSentence } from './status-sentence.ts'

/** What stands above the column of an iteration. */
export const iterationHeading = (iteration: number) => (iteration === 0 ? 'base' : `iter ${iteration}`)

const cellsOf = (row: Row): string[] =>
  row.kind === 'histogram' ? row.counts.map(textBars) : row.values.map((value) => formatNumber(row.unit, value))

function sectionText({ title, note, rows }: Section, iterations: readonly number[]): string {
  const hasPaper = rows.some((row) => row.kind === 'numbers' && row.paper !== null)
  const heading = [title.toUpperCase(), ...iterations.map(iterationHeading), hasPaper ? 'paper' : '']
  const lines = rows.map((row) => [row.name, ...cellsOf(row), row.kind === 'numbers' ? formatPaper(row) : ''])
  const isNumeric = (column: number) => column > 0 && column <= iterations.length
  return [table([heading, ...lines], isNumeric), ...(note === '' ? [] : [note])].join('\n')
}

/** The report of a run for a terminal. */
export function textReport(report: RunReport): string {
  const { run, recipe, seed, record, sections, iterations, verdicts, decisions } = report
  const decided = decisions.length === 0 ? [] : [['WHAT PEOPLE DECIDED', ...decisions.map(decisionSentence)].join('\n')]
  const head = [
    `${run} · recipe ${recipe} · seed ${seed} · base model ${record.base.slice(0, 8)}`,
    statusSentence(report),
  ]
  if (iterations.length === 0) return [head.join('\n'), ...decided].join('\n\n')
  return [
    head.join('\n'),
    ...sections.map((section) => sectionText(section, iterations)),
    ['WHAT IT SHOWS', ...verdicts.map(verdictSentence)].join('\n'),
    ...decided,
  ].join('\n\n')
}

import { reasonsToShow, SHOWN_TASKS } from '../../core/report/choose-tasks.ts'
import type { RunArtifacts, RunReport } from '../../core/report/run-report.ts'
import type { Numbers, Section } from '../../core/report/section.ts'
import type { ClaimCheck } from '../../core/report/claim-checks.ts'
import { decisionSentence, formatNumber, formatPaper, verdictSentence } from '../format.ts'
import type { Trajectory } from '../read-trajectories.ts'
import { statusSentence } from '../status-sentence.ts'
import { iterationHeading } from '../text-report.ts'
import { chartsOf } from './charts.ts'
import { html, type Html, trustedHtml } from './html.ts'
import { pageStyle } from './page-style.ts'
import { anchorOf, titleOf, trajectoryArticle } from './trajectory.ts'

function head({ run, recipe, seed, record }: RunReport, status: string): Html {
  const { base, sandbox, servers } = record
  const facts = [
    ['Recipe', recipe],
    ['Seed', String(seed)],
    ['Base model', base],
    ['Code runs in', [sandbox.backend, ...sandbox.notGuaranteed.map((each) => `not bounded: ${each}`)].join('; ')],
    [
      'Model servers',
      servers.map(({ server, version }) => `${server} ${version ?? ''}`.trim()).join(', ') || 'not known',
    ],
  ]
  return html`<header>
    <h1>${run}</h1>
    <p>${status}</p>
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<dt>${name!}</dt>
            <dd>${value!}</dd>`,
      )}
    </dl>
  </header>`
}

const mark = ({ holds }: ClaimCheck) => (holds === null ? '–' : holds ? '✓' : '✗')

function rowView(row: Numbers, hasPaper: boolean): Html {
  const cells = row.values.map((value) => formatNumber(row.unit, value))
  const paper = hasPaper ? [html`<td class="paper">${formatPaper(row)}</td>`] : []
  return html`<tr>
    <td>${row.name}</td>
    ${[...cells.map((cell) => html`<td>${cell}</td>`), ...paper]}
  </tr>`
}

function sectionTable({ title, note, rows: all }: Section, iterations: readonly number[]): Html {
  // Histograms have figures.
  const rows = all.filter((row) => row.kind === 'numbers')
  const hasPaper = rows.some(({ paper }) => paper !== null)
  const headings = iterations.map((iteration) => html`<th scope="col">${iterationHeading(iteration)}</th>`)
  const paper = hasPaper ? [html`<th scope="col" class="paper">paper</th>`] : []
  return html`<div class="wide">
    <table>
      <caption>
        ${title}
      </caption>
      <thead>
        <tr>
          <th></th>
          ${[...headings, ...paper]}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => rowView(row, hasPaper))}
      </tbody>
    </table>
    ${note === '' ? html`` : html`<p class="note">${note}</p>`}
  </div>`
}

function decisionsView({ decisions }: RunReport): Html {
  if (decisions.length === 0) return html``
  return html`<h2>What people decided</h2>
    <ul>
      ${decisions.map((decision) => html`<li>${decisionSentence(decision)}</li>`)}
    </ul>`
}

function trajectoriesView(trajectories: readonly Trajectory[]): Html {
  if (trajectories.length === 0) return html``
  const links = trajectories.map((each, index) => html`<li><a href="#${anchorOf(index)}">${titleOf(each)}</a></li>`)
  return html`<h2>${trajectories.length} tasks in full</h2>
    <p class="note">
      Chosen by rule, at most ${SHOWN_TASKS}, from the first, a middle and the last iteration, in this order and then
      again with the next best: ${reasonsToShow.map(({ rule }) => rule).join('; ')}. Of equals, the first. Each with its
      vote and one rollout: the first that gave the label, else the first.
    </p>
    <ol class="contents">
      ${links}
    </ol>
    ${trajectories.map(trajectoryArticle)}`
}

/** The report of a run as one page that needs no network and no script. The same artifacts give the same page. */
export function htmlReport(artifacts: RunArtifacts, report: RunReport, trajectories: readonly Trajectory[]): string {
  const { run, sections, iterations, verdicts } = report
  const body =
    iterations.length === 0
      ? html``
      : html`<h2>What it shows</h2>
          <ul class="verdicts">
            ${verdicts.map((verdict) => html`<li><b>${mark(verdict)}</b>${verdictSentence(verdict)}</li>`)}
          </ul>
          <div class="figures">${chartsOf(artifacts)}</div>
          ${decisionsView(report)}
          <h2>All numbers</h2>
          <div class="tables">${sections.map((section) => sectionTable(section, iterations))}</div>
          ${trajectoriesView(trajectories)}`
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${run} · agent0 report</title>
        <style>
          ${trustedHtml(pageStyle)}
        </style>
      </head>
      <body>
        ${head(report, statusSentence(report))} ${body}
      </body>
    </html> `.text
}

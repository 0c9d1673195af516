import { runScreen } from '../../cli/runs/screen.ts'
import { forCommand, forMarkdown, forPage, forTemporal, forTerminal } from '../../contracts/text.ts'
import { alertDetails } from '../../core/temporal-ui/alert-details.ts'
import { currentRunDetails, currentStageDetails } from '../../core/temporal-ui/current-details.ts'
import { trajectoryArticle } from '../../report/html/trajectory.ts'
import type { Trajectory } from '../../report/read-trajectories.ts'
import { failure } from '../../services/failure.ts'
import { halt, raisedAlert, runStatus, runView, stageStatus } from './run-views.ts'

// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/
const INVISIBLE = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/u
/** What a text may have become in a place: its limit there, and what a template of ours adds. */
const OWN_CHARACTERS = 6_000

/** Why a text that leaves the process is not harmless; null if it is. */
export function unsafe(text: string, charactersMax: number): string | null {
  const found = CONTROL.exec(text) ?? INVISIBLE.exec(text)
  if (found !== null) return `U+${found[0].codePointAt(0)!.toString(16)} as it is`
  return text.length > charactersMax ? `${text.length} characters, ${charactersMax} at most` : null
}

const markup = /<(\/?)([a-zA-Z!][^\s/>]*)([^>]*)>/g
/** What a trajectory's own template holds. */
const ELEMENTS = new Set([
  'article',
  'h3',
  'h4',
  'h5',
  'p',
  'blockquote',
  'code',
  'table',
  'tbody',
  'tr',
  'td',
  'meter',
  'i',
  'section',
  'small',
  'pre',
])
const ATTRIBUTES = /^(\s+(id|class|min|max|value)="[\w -]*")*\s*$/

/** Markup in a page that is not its template's. */
export function foreignMarkup(page: string): string | null {
  for (const [whole, , name, attributes] of page.matchAll(markup))
    if (!ELEMENTS.has(name!) || !ATTRIBUTES.test(attributes!)) return whole.slice(0, 100)
  return null
}

/** Lines of Markdown in which something of `text` could be markup: all that is not escaped must be a letter, a sign of prose, or ours. */
export function liveMarkdown(markdown: string): string | null {
  return /(?<!\\)[[\]<>!#|*_`~]|&(?!amp;)/.exec(markdown.replaceAll(/\\[\\`*_[\]<>!#|~]/g, ''))?.[0] ?? null
}

function* inPlaces(text: string): Generator<[place: string, made: string, charactersMax: number]> {
  const cause = { ...raisedAlert(), wrong: text, advice: text }
  const status = runStatus({
    halted: { ...halt('executor', text), advice: text },
    resolvedHalts: [{ ...halt('curation', text), decision: 'skip' }],
    alerts: [cause],
  })
  const stage = stageStatus({ waitsFor: text })
  yield ['a failure', forTemporal(failure('Llm.BadAnswer', text).message), 2_000]
  yield ['a command’s variable', forCommand(text), 8_000]
  yield ['a page', forPage(text), 2_000_000]
  // Markdown marks double at most, and `&` is five characters.
  yield ['the run’s details', currentRunDetails(status), 5 * 5 * 2_000 + OWN_CHARACTERS]
  yield ['the stage’s details', currentStageDetails('agent0/tiny/iter-002/executor', stage), 5 * 2_000 + OWN_CHARACTERS]
  yield ['the alerts', alertDetails([cause]).join('\n'), 2 * 5 * 2_000 + OWN_CHARACTERS]
  yield ['the terminal', forTerminal(runScreen(runView({ status, stage }), null, 100).join('\n')), 500_000]
}

/** What is wrong with a text in the places that it leaves the process for. */
export function problemsOfText(text: string): string[] {
  const live = liveMarkdown(forMarkdown(text))
  return [
    ...(live === null ? [] : [`Markdown: ${live}`]),
    ...[...inPlaces(text)].flatMap(([place, made, most]) => {
      const problem = unsafe(made, most)
      return problem === null ? [] : [`${place}: ${problem}`]
    }),
  ]
}

/** The same of a task in a report. */
export function problemsOfTrajectory(trajectory: Trajectory): string[] {
  const page = trajectoryArticle(trajectory, 0).text
  const [problem, foreign] = [unsafe(page, Infinity), foreignMarkup(page)]
  return [...(problem === null ? [] : [`page: ${problem}`]), ...(foreign === null ? [] : [`page: ${foreign}`])]
}

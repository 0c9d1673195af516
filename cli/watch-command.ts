import type { Command } from 'commander'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunClient, RunEnding } from '../services/temporal/run-client.ts'
import { isServerAway } from '../services/temporal/run-client.ts'
import { type RunView, viewRun } from '../services/temporal/run-view.ts'
import { linesOf } from './runs/lines.ts'
import { chooseRun, openRuns } from './runs/open-runs.ts'
import { nextPace, type Pace } from './runs/pace.ts'
import { runScreen } from './runs/screen.ts'
import { endingLines } from './runs/words.ts'
import { print } from './print.ts'

const LOOK_EVERY_MS = 1_000
const COLUMNS = 80
/** As a shell counts an interrupt. */
const INTERRUPTED = 130
const HINT = 'Ctrl-C stops watching; the run continues.'
const SERVER_AWAY = 'The Temporal server does not answer; the run and this screen continue when it is back.'

/** Where `watch` prints. */
interface Display {
  show(view: RunView): void
  /** Shows that the server does not answer. */
  away(): void
  /** Ends the output. */
  end(): void
}

/** A screen that is redrawn at each look. */
async function screenDisplay(): Promise<Display> {
  const { default: logUpdate } = await import('log-update')
  let pace: Pace | null = null
  let lines: string[] = []
  return {
    show: (view) => {
      pace = nextPace(pace, view)
      lines = runScreen(view, pace, process.stdout.columns || COLUMNS)
      logUpdate([...lines, '', HINT].join('\n'))
    },
    away: () => logUpdate([...lines, SERVER_AWAY].join('\n')),
    end: () => logUpdate.done(),
  }
}

/** A line with its time for each change: for logs and other outputs that are not a terminal. */
function lineDisplay(): Display {
  let before: RunView | null = null
  let isAway = false
  const printLine = (line: string) => print(`${new Date().toTimeString().slice(0, 8)} ${line}`)
  return {
    show: (view) => {
      for (const line of linesOf(before, view)) printLine(line)
      before = view
      isAway = false
    },
    away: () => {
      if (!isAway) printLine(SERVER_AWAY)
      isAway = true
    },
    end: () => {},
  }
}

/** Shows a run until it ends, and returns how; null after the signal. */
async function follow(runs: RunClient, run: string, display: Display, signal: AbortSignal): Promise<RunEnding | null> {
  while (!signal.aborted) {
    try {
      const view = await viewRun(runs, run)
      if (view?.entry.ending != null) {
        display.end()
        for (const line of endingLines(view.entry)) print(line)
        return view.entry.ending
      }
      if (view !== null) display.show(view)
    } catch (error) {
      if (!isServerAway(error)) throw error
      display.away()
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {})
  }
  display.end()
  return null
}

/** Shows a run until it ends, or until the signal. Returns the exit code. */
async function watch(runs: RunClient, name: string | undefined, signal: AbortSignal): Promise<number> {
  const { run } = await chooseRun(runs, name)
  // A terminal without a size, as in some containers, would show nothing.
  const { isTTY, rows } = process.stdout
  const display = isTTY && rows > 0 ? await screenDisplay() : lineDisplay()
  const ending = await follow(runs, run, display, signal)
  if (ending !== null) return ending.kind === 'failed' ? 1 : 0
  print(`${run} continues: "agent0 watch ${run}" shows it again, "agent0 stop ${run} --now" stops it.`)
  return INTERRUPTED
}

/** `agent0 watch`: follows a run until it ends; Ctrl-C does not affect the run. */
export function addWatchCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('watch [run]')
    .description('follow a run until it ends (default: the only running one); Ctrl-C does not affect the run')
    .action(async (run?: string) => {
      const stop = new AbortController()
      const interrupt = () => stop.abort()
      process.on('SIGINT', interrupt)
      try {
        finish(await openRuns((runs) => watch(runs, run, stop.signal)))
      } finally {
        process.off('SIGINT', interrupt)
      }
    })
}

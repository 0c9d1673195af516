import type { Command } from 'commander'
import type { RunStatus } from '../contracts/run-status.ts'
import { type RunClient, type RunEntry, workflowIdOf } from '../services/temporal/run-client.ts'
import { viewRun } from '../services/temporal/run-view.ts'
import { chooseRun, NO_RUN, openRuns } from './runs/open-runs.ts'
import { runScreen, waitingFor } from './runs/screen.ts'
import { stateOf } from './runs/words.ts'
import { timeSpan } from '../core/metrics/time-span.ts'
import { table } from '../host/table.ts'
import { print } from './print.ts'

const COLUMNS = 80

/** The state of a run in a few words. */
async function listedState(runs: RunClient, entry: RunEntry): Promise<string> {
  if (entry.ending !== null) return stateOf(entry)
  const status = await runs.status<RunStatus>(workflowIdOf(entry.run))
  if (status === null) return 'running (no worker)'
  if (status.halted !== null) return `halted at ${status.halted.stage}`
  return waitingFor(status, null) === null ? 'running' : 'paused'
}

async function list(runs: RunClient): Promise<void> {
  const entries = await runs.list()
  if (entries.length === 0) {
    print(NO_RUN)
    return
  }
  const states = await Promise.all(entries.map((entry) => listedState(runs, entry)))
  const rows = entries.map(({ run, iteration, score, startedAt, endedAt }, index) => [
    run,
    states[index]!,
    iteration === null ? '–' : String(iteration),
    score === null ? '–' : score.toFixed(3),
    new Date(startedAt).toISOString().slice(0, 16).replace('T', ' '),
    timeSpan((endedAt ?? Date.now()) - startedAt),
  ])
  print(table([['RUN', 'STATE', 'ITERATION', 'HELD-OUT', 'STARTED (UTC)', 'FOR'], ...rows]))
}

async function status(runs: RunClient, name: string | undefined): Promise<void> {
  const { run } = await chooseRun(runs, name)
  const view = await viewRun(runs, run)
  if (view !== null) print(runScreen(view, null, process.stdout.columns || COLUMNS).join('\n'))
}

/** `agent0 status | list`: the progress of a run, and the list of runs. */
export function addStatusCommands(program: Command, finish: (code: number) => void): void {
  program
    .command('status [run]')
    .description('show the progress of a run on one screen (default: the running one, else the latest)')
    .action((run?: string) =>
      openRuns(async (runs) => {
        await status(runs, run)
        finish(0)
      }),
    )
  program
    .command('list')
    .description('list the latest runs with state, iteration, held-out mean@k and time')
    .action(() =>
      openRuns(async (runs) => {
        await list(runs)
        finish(0)
      }),
    )
}

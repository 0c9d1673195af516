import type { Command } from 'commander'
import { existsSync } from 'node:fs'
import { SetupProblem } from '../host/problem.mjs'
import { readHistoryFile } from '../services/temporal/history-file.ts'
import { workflowIdOf } from '../services/temporal/run-client.ts'
import type { RecordedHistory } from '../workers/replay.ts'
import { openRuns } from './runs/open-runs.ts'
import { print } from './print.ts'

const WHAT_TO_DO =
  'These workflows were started by another version and cannot continue with this one: let them end, or stop them, with the version ' +
  'that started them; or put the change behind patched() (docs/operations/upgrading.md).'

/** Prints of each history whether it replays. Returns the exit code. */
async function replay(histories: Iterable<RecordedHistory> | AsyncIterable<RecordedHistory>): Promise<number> {
  // Loaded on demand: the worker's package takes half a second.
  const { replayHistories, silence } = await import('../workers/replay.ts')
  silence()
  const counts = { fit: 0, misfit: 0 }
  for await (const { workflowId, history, misfit } of replayHistories(histories)) {
    counts[misfit === null ? 'fit' : 'misfit']++
    if (misfit === null) print(`✓ ${workflowId} replays: ${history.events?.length ?? 0} events`)
    else print(`✗ ${workflowId} does not replay: ${misfit.event} does not match. ${misfit.reason}`)
  }
  print(`${counts.fit} replay with this version, ${counts.misfit} do not.`)
  if (counts.misfit > 0) print(WHAT_TO_DO)
  return counts.misfit === 0 ? 0 : 1
}

async function replayOnServer(target: string | null): Promise<number> {
  return openRuns(async (runs) => {
    const workflowId = target === null || target.startsWith(workflowIdOf('')) ? target : workflowIdOf(target)
    const histories = runs.histories(workflowId)
    const first = await histories.next()
    if (first.done === true) {
      if (workflowId === null) return (print('No run is running, so there is nothing to replay.'), 0)
      throw new SetupProblem(
        `Found neither a file ${target} nor a workflow ${workflowId} on the server: see "agent0 list".`,
      )
    }
    return replay(
      (async function* () {
        yield first.value
        yield* histories
      })(),
    )
  })
}

/** `agent0 replay`: whether workflows that earlier versions started can continue with this one. */
export function addReplayCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('replay [target]')
    .description(
      'before an upgrade: check that running workflows can continue with this version; a run, a workflow, or a history file',
    )
    .option('--all', 'check all running workflows of the server')
    .action(async (target: string | undefined, { all }: { all?: true }) => {
      if ((target === undefined) !== (all === true))
        throw new SetupProblem('Name a run, a workflow or a history file, or use --all.')
      if (target === undefined) return finish(await replayOnServer(null))
      if (existsSync(target)) return finish(await replay(readHistoryFile(target)))
      if (/\.(json|jsonl|gz)$/.test(target)) throw new SetupProblem(`There is no file ${target}.`)
      finish(await replayOnServer(target))
    })
}

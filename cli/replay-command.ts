import type { Command } from 'commander'
import { existsSync } from 'node:fs'
import { SetupProblem } from '../host/problem.mjs'
import { readHistoryFile } from '../services/temporal/history-file.ts'
import { workflowIdOf } from '../services/temporal/run-client.ts'
import type { RecordedHistory } from '../workers/replay.ts'
import { openRuns } from './runs/open-runs.ts'

const WHAT_TO_DO =
  'What was begun by another version cannot go on with this one: let it end, or stop it, with the version that began it; or put ' +
  'the change behind patched() (docs/operations/upgrading.md).'

/** Says of each history whether it replays. Gives the exit code. */
async function replay(histories: Iterable<RecordedHistory> | AsyncIterable<RecordedHistory>): Promise<number> {
  // Loaded when it is needed: the worker's package costs half a second.
  const { replayHistories, silence } = await import('../workers/replay.ts')
  silence()
  const counts = { fit: 0, misfit: 0 }
  for await (const { workflowId, history, misfit } of replayHistories(histories)) {
    counts[misfit === null ? 'fit' : 'misfit']++
    if (misfit === null) console.log(`✓ ${workflowId} replays: ${history.events?.length ?? 0} events`)
    else console.log(`✗ ${workflowId} does not replay: ${misfit.event} does not fit. ${misfit.reason}`)
  }
  console.log(`${counts.fit} replay with this version, ${counts.misfit} do not.`)
  if (counts.misfit > 0) console.log(WHAT_TO_DO)
  return counts.misfit === 0 ? 0 : 1
}

async function replayOnServer(target: string | null): Promise<number> {
  return openRuns(async (runs) => {
    const workflowId = target === null || target.startsWith(workflowIdOf('')) ? target : workflowIdOf(target)
    const histories = runs.histories(workflowId)
    const first = await histories.next()
    if (first.done === true) {
      if (workflowId === null) return (console.log('No run is running: nothing has to go on.'), 0)
      throw new SetupProblem(
        `There is neither a file ${target} nor a workflow ${workflowId} on the server: see "agent0 list".`,
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

/** `agent0 replay`: whether what earlier versions began can go on with this one. */
export function addReplayCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('replay [target]')
    .description('before an upgrade: whether what was begun goes on with this version; a run, a workflow, or a file')
    .option('--all', 'all that is running on the server')
    .action(async (target: string | undefined, { all }: { all?: true }) => {
      if ((target === undefined) !== (all === true))
        throw new SetupProblem('Say what to replay: a run, a workflow or a file, or else --all.')
      if (target === undefined) return finish(await replayOnServer(null))
      if (existsSync(target)) return finish(await replay(readHistoryFile(target)))
      if (/\.(json|jsonl|gz)$/.test(target)) throw new SetupProblem(`There is no file ${target}.`)
      finish(await replayOnServer(target))
    })
}

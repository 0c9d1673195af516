import { readFileSync } from 'node:fs'
import { type SampleId, sampleId, type TaskId } from '../../contracts/ids.ts'
import { Rollout, RolloutEvent } from '../../contracts/rollout.ts'
import { openStore } from '../../services/artifact-store/open.ts'
import { readJournal } from '../../services/artifact-store/journal-lines.ts'
import { filesIn } from './observe.ts'
import { type OwnRun, RUN } from './own-run.ts'

// The samples of a run one by one, for runs that are not equal to the byte.

/** All rollouts of a run, by the key of their task. Each is read with its contract. */
export async function rolloutsByTask({ storeFolder }: OwnRun): Promise<Map<TaskId, Rollout[]>> {
  const store = openStore(storeFolder)
  const keys = (await store.list(RUN)).filter((key) => key.endsWith('/rollouts.jsonl'))
  const read = keys.map(async (key): Promise<[TaskId, Rollout[]]> => {
    const rollouts = await store.getRecords(Rollout, (await store.find(key))!)
    return [key.slice(0, key.lastIndexOf('/')) as TaskId, rollouts]
  })
  return new Map(await Promise.all(read))
}

export interface Turn {
  sample: SampleId
  turn: number
  seed: number
  tokenIds: readonly number[]
  logprobs: readonly number[]
}

/** What the policy sampled in each turn of a rollout, cut out of its arrays. */
export function turnsOf({ id, turns, responseTokenIds, responseLogprobs }: Rollout): Turn[] {
  let from = 0
  return turns.map(({ sampledTokens, toolCall, seed }, turn) => {
    const to = from + sampledTokens
    const cut = { tokenIds: responseTokenIds.slice(from, to), logprobs: responseLogprobs.slice(from, to) }
    from = to + (toolCall?.outputTokens ?? 0)
    return { sample: id, turn, seed, ...cut }
  })
}

/** The turns that stand in the journals of a step now. */
export function journaledTurns(run: OwnRun, step: string): Turn[] {
  const journals = filesIn(run, 'journals').filter((file) => file.includes(`/${step.replaceAll('/', '~')}~`))
  return journals.flatMap((file) => {
    const task = file.slice(file.lastIndexOf('/') + 1, file.lastIndexOf('~')).replaceAll('~', '/') as TaskId
    const { entries } = readJournal(readFileSync(file))
    return entries.flatMap(([slot, value]) => {
      if (!slot.endsWith('/generated')) return []
      const event = RolloutEvent.parse(value)
      if (event.kind !== 'generated') throw new Error(`${slot} of ${file} holds something else`)
      const { seed, tokenIds, logprobs } = event.generation
      const sample = sampleId(task, Number(/^sample-(\d+)\//.exec(slot)![1]))
      return [{ sample, turn: event.turn, seed, tokenIds, logprobs }]
    })
  })
}

import type { z } from 'zod'
import { TaskOutcome } from '../contracts/loop-records.ts'
import type { ArtifactStore } from '../services/artifact-store/open.ts'

/** The id or key above. */
export const parentOf = (id: string) => id.slice(0, id.lastIndexOf('/'))

/** What stands under the keys below an id whose file names look like this, in order of the keys. */
export async function artifactsBelow(store: ArtifactStore, id: string, name: RegExp) {
  const keys = (await store.list(id)).filter((key) => parentOf(key) === id && name.test(key))
  return Promise.all(keys.map(async (key) => ({ key, reference: (await store.find(key))! })))
}

/** All records in the files of one kind below an id. */
export async function recordsBelow<T>(
  store: ArtifactStore,
  schema: z.ZodType<T>,
  id: string,
  name: RegExp,
): Promise<T[]> {
  const files = await artifactsBelow(store, id, name)
  return (await Promise.all(files.map(({ reference }) => store.getRecords(schema, reference)))).flat()
}

/** The outcomes of a step's tasks, in order of their ids: of a task that was voted on again, that of the newest grader. */
export async function outcomesOf(store: ArtifactStore, step: string): Promise<TaskOutcome[]> {
  const newest = new Map<string, TaskOutcome>()
  for (const outcome of await recordsBelow(store, TaskOutcome, step, /-outcomes\.jsonl$/)) {
    const known = newest.get(outcome.id)
    if (known === undefined || known.graderVersion <= outcome.graderVersion) newest.set(outcome.id, outcome)
  }
  return [...newest.values()].toSorted((left, right) => (left.id < right.id ? -1 : 1))
}

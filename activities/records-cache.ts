import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import { TaskToAnswer } from '../contracts/loop-records.ts'
import type { ArtifactStore } from '../infra/services/ports.ts'

const MANIFESTS_MAX = 16
const manifests = new Map<string, Promise<TaskToAnswer[]>>()

/** The tasks of a manifest. Every task of a shard asks for the same one, so the latest few are kept. */
export function tasksIn(store: ArtifactStore, reference: ArtifactReference): Promise<TaskToAnswer[]> {
  let found = manifests.get(reference.sha256)
  if (found === undefined) {
    found = store.getRecords(TaskToAnswer, reference)
    manifests.set(reference.sha256, found)
    found.catch(() => manifests.delete(reference.sha256))
    if (manifests.size > MANIFESTS_MAX) manifests.delete(manifests.keys().next().value!)
  }
  return found
}

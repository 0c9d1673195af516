import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import { RolloutTask } from '../contracts/loop-records.ts'
import type { ArtifactStore } from '../contracts/ports/index.ts'

const KEPT_MAX = 16

/** Reads artifacts of one kind and caches the latest few by their digest: artifacts never change. */
export function readOnce<T, S>(read: (store: S, reference: ArtifactReference) => Promise<T>): typeof read {
  const kept = new Map<string, Promise<T>>()
  return (store, reference) => {
    const { sha256 } = reference
    let found = kept.get(sha256)
    if (found === undefined) {
      found = read(store, reference)
      kept.set(sha256, found)
      found.catch(() => kept.delete(sha256))
      if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!)
    }
    return found
  }
}

/** The tasks of a manifest; every task of a shard reads the same one. */
export const tasksIn = readOnce((store: ArtifactStore, reference) => store.getRecords(RolloutTask, reference))

import type { ArtifactReference } from '../contracts/artifact-reference.ts'

const KEPT_MAX = 16

/** Reads artifacts of one kind, keeping the latest few by their digest: what never changes need not be read again. */
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

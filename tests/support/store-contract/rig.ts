import type { ArtifactReference } from '../../../contracts/artifact-reference.ts'
import type { ArtifactStore } from '../../../contracts/ports/index.ts'

/** An empty store, the same one as another process would open it, and ways to harm it. */
export interface StoreRig {
  store: ArtifactStore
  again: () => ArtifactStore
  spoil: (reference: ArtifactReference) => void
  cut: (reference: ArtifactReference) => void
  lose: (reference: ArtifactReference) => void
}

export type OpenRig = () => StoreRig

export const TASK = 'tiny/iter-001/executor/step-0007/task-000042'
export const KEY = `${TASK}/rollouts.jsonl`

export const bytesOf = (word: string) => Buffer.from(word)

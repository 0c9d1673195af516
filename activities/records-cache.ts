import { RolloutTask } from '../contracts/loop-records.ts'
import type { ArtifactStore } from '../contracts/ports/index.ts'
import { readOnce } from './read-once.ts'

/** The tasks of a manifest; every task of a shard asks for the same one. */
export const tasksIn = readOnce((store: ArtifactStore, reference) => store.getRecords(RolloutTask, reference))

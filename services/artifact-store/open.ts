import { join } from 'node:path'
import type { Durability } from '../../contracts/config/store.ts'
import { FsStore } from './fs-store.ts'
import type { ArtifactStore } from '../../contracts/ports/index.ts'

export { findGarbage, removeGarbage } from './collect-garbage.ts'
export type { ArtifactStore } from '../../contracts/ports/index.ts'
export type { Garbage, GarbageRule } from './garbage.ts'

/** Where the artifacts of this machine's runs lie, and the trainer's checkpoints beside them. */
export function storeFolder(stateFolder: string): string {
  return join(stateFolder, 'store')
}

/** The artifact store in a folder, made if absent. Opening costs nothing and there is nothing to close. */
export function openStore(folder: string, durability: Durability = 'power-loss'): ArtifactStore {
  return new FsStore(folder, durability)
}

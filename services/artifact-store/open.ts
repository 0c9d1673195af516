import { type Durability, machineDefaults } from '../../contracts/machine-config.ts'
import { FsStore } from './fs-store.ts'
import type { ArtifactStore } from '../../contracts/ports/index.ts'

export { findGarbage, removeGarbage } from './collect-garbage.ts'
export type { ArtifactStore } from '../../contracts/ports/index.ts'
export type { Garbage, GarbageRule } from './garbage.ts'

/** The artifact store in a folder, made if absent. Opening costs nothing and there is nothing to close. */
export function openStore(folder: string, durability: Durability = machineDefaults.store.durability): ArtifactStore {
  return new FsStore(folder, durability)
}

/** Files among a store's names that are none of ours: an editor's, a file manager's. They are left alone. Relative to the store. */
export function strayFiles(folder: string): Promise<string[]> {
  return new FsStore(folder, 'kill').strayFiles()
}

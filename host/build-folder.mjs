/** Makes a cache folder beside its place and renames it there when it is whole, so that an incomplete one is never visible. */
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { refuseForeignFolder } from './own-folder.mjs'

/**
 * The folder in the making keeps its name from one try to the next, so that what was cut off goes on where it was.
 * Call it under the lock of the step.
 * @param {string} folder
 * @param {(partial: string) => Promise<void>} make fills and verifies the folder; must bear what an earlier try left
 */
export async function buildFolder(folder, make) {
  refuseForeignFolder(folder)
  const partial = `${folder}.partial`
  mkdirSync(dirname(partial), { recursive: true })
  mkdirSync(partial, { recursive: true })
  await make(partial)
  rmSync(folder, { recursive: true, force: true })
  renameSync(partial, folder)
}

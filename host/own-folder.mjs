/** Folders from which we execute what we have put there. No packages, Node 20. */
import { lstatSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { SetupProblem } from './problem.mjs'

const OTHERS_WRITE = 0o022
const STICKY = 0o1000

/**
 * Why root must not build and execute in a folder; undefined: it may, or we are not root. Whoever owns it, or a folder above it, can put
 * programs of his there, and would be root.
 * @param {string} folder made or not
 * @param {number} [uid] of ours
 * @returns {string | undefined}
 */
export function foreignFolderProblem(folder, uid = process.getuid?.()) {
  if (uid !== 0) return undefined
  for (let place = nearest(folder); ; place = dirname(place)) {
    const found = lstatSync(place)
    const isOpen = (found.mode & OTHERS_WRITE) !== 0 && (found.mode & STICKY) === 0
    if (found.uid !== 0 || isOpen) {
      const who = found.uid === 0 ? 'other users may write' : `belongs to user ${found.uid}`
      return `Root builds and executes only what nobody else can change, and ${place} ${who}: run this as the user whose folder it is, or name a folder of root's in AGENT0_CACHE.`
    }
    if (place === dirname(place)) return undefined
  }
}

/** Throws a SetupProblem where root would execute what others can change. @param {string} folder */
export function refuseForeignFolder(folder) {
  const problem = foreignFolderProblem(folder)
  if (problem !== undefined) throw new SetupProblem(problem)
}

/** The folder, or the nearest one above it that is there, without links. @param {string} folder */
function nearest(folder) {
  for (let place = folder; ; place = dirname(place)) {
    try {
      return realpathSync(place)
    } catch {
      if (place === dirname(place)) return place
    }
  }
}

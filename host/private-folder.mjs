/** Folders and files that only their owner may read: databases, logs, configs, locks. No packages, Node 20. */
import { chmodSync, closeSync, fchmodSync, fstatSync, mkdirSync, openSync, statSync } from 'node:fs'

const OTHERS = 0o077
const isOurs = (/** @type {{ uid: number }} */ { uid }) => uid === process.getuid?.()

/**
 * Makes a folder that only we may enter, or closes one of ours that others may. What lies in it is out of their reach, even with open
 * permissions of its own. A folder of somebody else stays as it is.
 * @param {string} folder
 */
export function makePrivateFolder(folder) {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = statSync(folder)
  if (isOurs(found) && (found.mode & OTHERS) !== 0) chmodSync(folder, found.mode & ~OTHERS)
}

/**
 * Makes a file, empty if it is new, that only we may read: whoever may read a lock file can hold the lock.
 * @param {string} file
 */
export function makePrivateFile(file) {
  const descriptor = openSync(file, 'a', 0o600)
  try {
    const found = fstatSync(descriptor)
    if (isOurs(found) && (found.mode & OTHERS) !== 0) fchmodSync(descriptor, found.mode & ~OTHERS)
  } finally {
    closeSync(descriptor)
  }
}

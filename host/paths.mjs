/** Where things lie. Read by everything that runs before `npm ci`, so: no packages, Node 20. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/**
 * What set-up makes and a second clone uses again: `$AGENT0_CACHE`, else `agent0` in the XDG cache folder.
 * @param {NodeJS.ProcessEnv} [env]
 */
export function cacheFolder(env = process.env) {
  return env['AGENT0_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'agent0')
}

/** Node 24 as `npm ci` brings it: a link into the package of this machine's processor. */
export const NODE_24 = join(ROOT, 'node_modules', '.bin', 'node')

/**
 * The first 12 hex digits of a SHA-256 over texts: names a folder by its content.
 * @param {...string} texts
 */
export function digestOf(...texts) {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(`${text.length}:`).update(text)
  return hash.digest('hex').slice(0, 12)
}

/** @param {string} file a path from the checkout */
export const readOurs = (file) => readFileSync(join(ROOT, file), 'utf8')

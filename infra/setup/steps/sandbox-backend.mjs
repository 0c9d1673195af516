/** Where model-written code will run: a Docker engine with our image, else bubblewrap. */
import { join } from 'node:path'
import { findBackend, prepareBackend } from '../../../services/sandbox/image/prepare.mjs'
import { cacheFolder } from '../../../host/paths.mjs'

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {import('../run-steps.mjs').Step}
 */
export function sandboxBackend(env = process.env) {
  const cache = cacheFolder(env)
  return {
    title: 'Sandbox',
    lockFile: join(cache, 'sandbox.lock'),
    check: () => findBackend(cache),
    act: ({ log, say }) => prepareBackend(cache, { log, say }),
  }
}

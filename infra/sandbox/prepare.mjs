/** Which backend runs model-written code on this machine, and what set-up does to make it ready. */
import { versionOf } from '../setup/commands.mjs'
import { engineVersion } from '../setup/engine.mjs'
import { SetupProblem } from '../setup/problem.mjs'

/**
 * @param {string} _cache
 * @returns {Promise<string | undefined>} the backend in a few words, or undefined if none is ready
 */
export async function findBackend(_cache) {
  const engine = await engineVersion()
  if (engine !== undefined) return `Docker engine ${engine}`
  const bubblewrap = await versionOf('bwrap', ['--version'])
  return bubblewrap === undefined ? undefined : `bubblewrap ${bubblewrap.join('.')}`
}

/**
 * @param {string} _cache
 * @param {import('../setup/run-steps.mjs').StepTools} _tools
 * @returns {Promise<void>}
 */
export async function prepareBackend(_cache, _tools) {
  throw new SetupProblem(
    'Neither a Docker engine nor bubblewrap is here: install the package docker.io or bubblewrap (as root on Debian or Ubuntu: npm run setup:system).',
  )
}

/** Which backend runs model-written code on this machine, and what set-up does to make it ready. */
import { tryRun, versionOf } from '../../../host/commands.mjs'
import { engineVersion } from '../../../host/engine.mjs'
import { reasonOf, SetupProblem } from '../../../host/problem.mjs'
import { ensureSandboxImage, findSandboxImage } from './build-image.mjs'
import { ensureRootfs, findRootfs } from './build-rootfs.mjs'

/** The engine is used through its socket; the image is built with the client. */
async function findEngine() {
  const client = tryRun('docker', ['--version'], { timeoutMs: 10_000 })
  const engine = engineVersion()
  return (await client).code === 0 ? engine : undefined
}

/**
 * The backend to use where nobody names one: the engine if it answers, else bubblewrap.
 * @returns {Promise<'docker' | 'bubblewrap'>}
 */
export async function defaultBackend() {
  return (await findEngine()) === undefined ? 'bubblewrap' : 'docker'
}

/**
 * @param {string} cacheFolder
 * @returns {Promise<string | undefined>} the backend in a few words, or undefined if none is ready
 */
export async function findBackend(cacheFolder) {
  const engine = await findEngine()
  if (engine !== undefined) {
    const found = await findSandboxImage()
    return found && `Docker engine ${engine}, image ${found.image}`
  }
  const bubblewrap = await versionOf('bwrap', ['--version'])
  if (bubblewrap === undefined) return undefined
  return (await findRootfs(cacheFolder)) && `bubblewrap ${bubblewrap.join('.')}, which bounds less than an engine`
}

/**
 * Builds the image for an engine, else the root folder for bubblewrap.
 * @param {string} cacheFolder
 * @param {import('../../../host/commands.mjs').StepTools} tools
 */
export async function prepareBackend(cacheFolder, { log, say }) {
  const options = { cacheFolder, log: (/** @type {string} */ line) => log(`${line}\n`) }
  try {
    if ((await findEngine()) !== undefined) {
      say('building the sandbox image: about a minute, once')
      await ensureSandboxImage(options)
    } else if ((await versionOf('bwrap', ['--version'])) !== undefined) {
      say('building the sandbox root folder: about a minute, once')
      await ensureRootfs(options)
    } else {
      throw new SetupProblem(
        'Neither a Docker engine nor bubblewrap is here: install the package docker.io or bubblewrap ' +
          '(as root on Debian or Ubuntu: npm run setup:system).',
      )
    }
  } catch (error) {
    if (error instanceof SetupProblem) throw error
    throw new SetupProblem(`The sandbox cannot be built: ${reasonOf(error)}`)
  }
}

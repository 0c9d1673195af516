/** Which backend runs model-written code on this machine, and what set-up does to make it ready. */
import { readFileSync } from 'node:fs'
import { onPath, tryRun, versionOf } from '../../../host/commands.mjs'
import { engineVersion } from '../../../host/engine.mjs'
import { reasonOf, SetupProblem } from '../../../host/problem.mjs'
import { ensureSandboxImage, findSandboxImage } from './build-image.mjs'
import { ensureRootfs, findRootfs } from './build-rootfs.mjs'

export const NO_BACKEND =
  'No Docker engine answers and bubblewrap is not installed: start an engine, or install the package bubblewrap.'
/** A user that owns nothing: the first of those that slots run as where we are root (slot-source.ts). */
const SLOT_USER = 61_000
const APPARMOR = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns'

/** The engine is used through its socket; the image is built with the client. */
async function findEngine() {
  return onPath('docker') ? engineVersion() : undefined
}

/** AppArmor decides by program: what it refuses to `unshare` it may allow to bubblewrap. */
function decidedByProgram() {
  try {
    return readFileSync(APPARMOR, 'utf8').trim() === '1'
  } catch {
    return false // a kernel without that switch
  }
}

/**
 * Makes the namespaces of a slot, with bubblewrap or, while that is not installed, with `unshare`.
 * @returns {Promise<string | undefined>} why this machine refuses them; undefined: it does not, or it cannot be known yet
 */
export async function namespaceProblem() {
  const bubblewrap = onPath('bwrap')
  if (!onPath('unshare') || !onPath('setpriv') || (!bubblewrap && decidedByProgram())) return undefined
  const asUser = ['setpriv', `--reuid=${SLOT_USER}`, `--regid=${SLOT_USER}`, '--clear-groups']
  const asRoot = process.getuid?.() === 0 ? ['unshare', '--mount', '--propagation', 'private', ...asUser] : []
  const slot = bubblewrap
    ? ['bwrap', '--unshare-all', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev']
    : ['unshare', '--user', '--map-root-user', '--mount', '--pid', '--net', '--ipc', '--uts', '--fork', '--mount-proc']
  const [command, ...args] = [...asRoot, ...slot, 'true']
  const { code, output } = await tryRun(command, args, { timeoutMs: 10_000 })
  return code === 0 ? undefined : output.trim().split('\n').at(-1)
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
      throw new SetupProblem(NO_BACKEND)
    }
  } catch (error) {
    if (error instanceof SetupProblem) throw error
    throw new SetupProblem(`The sandbox cannot be built: ${reasonOf(error)}`)
  }
}

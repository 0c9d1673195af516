/** What this machine has, looked at all at once, so that plan.mjs can decide before anything long begins. Node 20, no packages. */
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { atLeast, onPath, tryRun, versionOf } from '../../host/commands.mjs'
import { engineState } from '../../host/engine.mjs'
import { cacheFolder, ROOT } from '../../host/paths.mjs'
import { lookForPython } from '../../host/python.mjs'
import { findSandboxImage } from '../../services/sandbox/image/build-image.mjs'
import { findRootfs } from '../../services/sandbox/image/build-rootfs.mjs'
import { namespaceProblem } from '../../services/sandbox/image/prepare.mjs'
import { findUv, pythonEnvironment } from './steps/python-environment.mjs'
import { downloadState, OLDEST_GO, temporalCli } from './steps/temporal-cli.mjs'
import { vllmEnvironment } from './steps/vllm-environment.mjs'

/**
 * @typedef {object} Machine
 * @property {string} name as a person calls it
 * @property {boolean} supported Linux with glibc
 * @property {{ id: string, version: number }} release of the distribution
 * @property {'root' | 'sudo' | 'password' | 'none'} rights sudo: without a password; password: it asks for one; none: no sudo here
 * @property {readonly string[]} commands those of COMMANDS that are on PATH
 * @property {{ path: string, pip: boolean } | { seen: string }} python one that is new enough, or what is there instead
 * @property {boolean} uv
 * @property {boolean} go one that can build the Temporal server
 * @property {boolean} certificates of the authorities that Go trusts
 * @property {'reachable' | 'unreachable' | 'unknown'} download of the Temporal server; unknown: not asked, or no answer in time
 * @property {'answers' | 'denied' | 'absent'} engine
 * @property {string | undefined} namespaces why bubblewrap cannot have them
 * @property {{ python: boolean, temporal: boolean, image: boolean, rootfs: boolean, vllm: boolean }} ready what set-up has made already
 * @property {{ path: string, writable: boolean, freeGb: number }} cache
 * @property {{ path: string, writable: boolean }} checkout
 * @property {boolean} smallTorch the build of torch without GPU libraries was asked for
 * @property {string | undefined} namedPython AGENT0_PYTHON
 */

/** Commands that set-up and the services call, and the Debian package of each. */
export const TOOLS = {
  find: 'findutils',
  flock: 'util-linux',
  gzip: 'gzip',
  mount: 'mount',
  setpriv: 'util-linux',
  tar: 'tar',
  unshare: 'util-linux',
}
const COMMANDS = [...Object.keys(TOOLS), 'apt-get', 'dpkg-deb', 'bwrap', 'docker']
/** Where Go looks for them on Linux, and the variable that names another place. */
const CERTIFICATES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]
const GB = 1e9
const SUDO_ANSWERS_WITHIN_MS = 5_000

/**
 * @param {string} text of /etc/os-release
 * @returns {{ name: string, release: { id: string, version: number } }} a release without a number is one to come
 */
export function readRelease(text) {
  const field = (/** @type {string} */ key) => new RegExp(`^${key}="?([^"\\n]*)`, 'm').exec(text)?.[1]
  const version = field('VERSION_ID')
  const release = { id: field('ID') ?? 'unknown', version: version === undefined ? Infinity : Number(version) }
  return { name: field('PRETTY_NAME') ?? 'an unknown system', release }
}

/** Node's own report names the C library that it runs on. */
function hasGlibc() {
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport())
  return header.glibcVersionRuntime !== undefined
}

/** @param {string} folder */
function isWritableFolder(folder) {
  try {
    accessSync(folder, constants.W_OK)
    return statSync(folder).isDirectory()
  } catch {
    return false
  }
}

/** A folder that is still to be made is in the nearest one that is there. @param {string} path */
function lookAtFolder(path) {
  let folder = path
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize } = statfsSync(folder)
  return { path, writable: isWritableFolder(folder), freeGb: (bavail * bsize) / GB }
}

/** @param {NodeJS.ProcessEnv} env @returns {Promise<Machine['rights']>} */
async function lookAtRights(env) {
  if (process.getuid?.() === 0) return 'root'
  if (!onPath('sudo', env)) return 'none'
  const { code } = await tryRun('sudo', ['-n', 'true'], { timeoutMs: SUDO_ANSWERS_WITHIN_MS })
  return code === 0 ? 'sudo' : 'password'
}

/** @param {NodeJS.ProcessEnv} env @returns {Promise<Machine['python']>} */
async function lookAtPython(env) {
  const found = await lookForPython(env)
  if ('seen' in found) return found
  const { code } = await tryRun(found.path, ['-c', 'import importlib.util as u; exit(u.find_spec("pip") is None)'])
  return { path: found.path, pip: code === 0 }
}

/** How else the Temporal server could come here; asked only where it is not here yet. @param {NodeJS.ProcessEnv} env */
async function lookForServer(env) {
  const version = await versionOf('go', ['version'])
  const go = version !== undefined && atLeast(version, OLDEST_GO)
  const certificates = env['SSL_CERT_FILE'] !== undefined || CERTIFICATES.some((file) => existsSync(file))
  return { go, certificates, download: go && certificates ? 'unknown' : await downloadState(env) }
}

/** Whether a step finds its work done. @param {import('./run-steps.mjs').Step} step */
async function isDone(step) {
  return (await step.check().catch(() => undefined)) !== undefined
}

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Machine>}
 */
export async function lookAtMachine(env = process.env) {
  const cache = lookAtFolder(cacheFolder(env))
  const server = isDone(temporalCli(env)).then(async (temporal) => ({
    temporal,
    .../** @type {Pick<Machine, 'go' | 'certificates' | 'download'>} */ (
      temporal ? { go: false, certificates: false, download: 'unknown' } : await lookForServer(env)
    ),
  }))
  const engineAndImage = engineState(env).then(async (engine) => ({
    engine,
    image: engine === 'answers' && (await findSandboxImage().catch(() => undefined)) !== undefined,
  }))
  const [rights, python, uv, namespaces, { temporal, ...ways }, { engine, image }, rootfs, madePython, vllm] =
    await Promise.all([
      lookAtRights(env),
      lookAtPython(env),
      findUv(env).then((found) => found !== undefined),
      namespaceProblem(),
      server,
      engineAndImage,
      findRootfs(cacheFolder(env)).then((found) => found !== undefined),
      isDone(pythonEnvironment(env)),
      isDone(vllmEnvironment(env)),
    ])
  return {
    ...readRelease(existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''),
    supported: process.platform === 'linux' && hasGlibc(),
    rights,
    commands: COMMANDS.filter((command) => onPath(command, env)),
    python,
    uv,
    ...ways,
    engine,
    namespaces,
    ready: { python: madePython, temporal, image, rootfs, vllm },
    cache,
    checkout: lookAtFolder(ROOT),
    smallTorch: env['UV_TORCH_BACKEND'] === 'cpu',
    namedPython: env['AGENT0_PYTHON'],
  }
}

/**
 * What set-up does about a machine, decided from its description alone and before anything long begins: go on, install
 * packages first, or stop with a sentence for each thing that is missing, and what to do about it.
 */
import { TOOLS } from './machine.mjs'

/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {'npm' | 'temporal' | 'python' | 'sandbox' | 'vllm'} Wanted what a command needs to have been set up */
/** @typedef {{ kind: 'go' } | { kind: 'install', packages: string[] } | { kind: 'stop', sentences: string[] }} Plan */
/**
 * @typedef {object} Need
 * @property {string} problem what is wrong: the first half of a sentence
 * @property {string} toDo what a person can do about it: the second half
 * @property {readonly string[]} [packages] of this system, which set-up could install instead
 * @property {string} [instead] what else would do than the packages
 */

/** Room that is taken, GB. The Python environments hold torch, with its GPU libraries unless told otherwise. */
const DISK_GB = { python: 8, smallTorch: 5, vllm: 6, rest: 1 }
/** The first release of each distribution whose own package is new enough. */
const NEW_ENOUGH = { python3: { debian: 12, ubuntu: 24.04 }, 'golang-go': { debian: 13, ubuntu: 24.04 } }

const ENGINE = {
  absent: 'start a Docker engine ("sudo systemctl start docker", or name one in DOCKER_HOST)',
  denied: 'get access to the Docker engine ("sudo usermod -aG docker $USER", then log in again)',
  answers: 'install the Docker client, without which the Docker engine here cannot be used',
}
const ALLOW_NAMESPACES =
  'allow the namespaces that bubblewrap makes (for a container: "docker run --privileged …"; on Ubuntu: "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0")'
const ANOTHER_CACHE = 'name a folder that you may write in AGENT0_CACHE, as in "AGENT0_CACHE=FOLDER npm run quickstart"'

const hasApt = (/** @type {Machine} */ { commands }) => commands.includes('apt-get') && commands.includes('dpkg-deb')
const hasEngine = (/** @type {Machine} */ { engine, commands }) => engine === 'answers' && commands.includes('docker')
const mayInstall = (/** @type {Machine} */ machine) =>
  hasApt(machine) && (machine.rights === 'root' || machine.rights === 'sudo')

/** @param {Machine} machine @param {keyof typeof NEW_ENOUGH} name */
function offers(machine, name) {
  const { id, version } = machine.release
  const since = /** @type {Record<string, number>} */ (NEW_ENOUGH[name])[id]
  return hasApt(machine) && since !== undefined && version >= since
}

/** @param {Machine} machine @returns {Need[]} */
function system({ name }) {
  const toDo = 'use a machine, a virtual machine or a container with, for example, Debian 12'
  return [{ problem: `only Linux with glibc is supported, and this is ${name}`, toDo }]
}

/** @param {Machine} machine @param {readonly Wanted[]} wanted @returns {Need[]} */
function folders({ cache, checkout, ready, smallTorch }, wanted) {
  const torch = smallTorch ? DISK_GB.smallTorch : DISK_GB.python
  const python = wanted.includes('python') && !ready.python ? torch : 0
  const vllm = wanted.includes('vllm') && !ready.vllm ? DISK_GB.vllm : 0
  const least = Math.max(DISK_GB.rest, python + vllm)
  const needs = []
  if (!checkout.writable)
    needs.push({
      problem: `you may not write the checkout ${checkout.path}`,
      toDo: `run "sudo chown -R $USER ${checkout.path}", or clone it where you may write`,
    })
  if (!cache.writable) needs.push({ problem: `you may not write the cache folder ${cache.path}`, toDo: ANOTHER_CACHE })
  else if (cache.freeGb < least) {
    const problem = `the cache folder ${cache.path} has ${cache.freeGb.toFixed(1)} GB free, and set-up needs ${least} GB`
    needs.push({ problem, toDo: `make room, or ${ANOTHER_CACHE}` })
  }
  return needs
}

/** @param {Machine} machine @returns {Need[]} */
function tools(machine) {
  const missing = Object.entries(TOOLS).filter(([command]) => !machine.commands.includes(command))
  return missing.map(([command, name]) => ({
    problem: `the command ${command} is not on PATH`,
    packages: hasApt(machine) ? [name] : [],
    toDo: `install the package ${name} with this system's package manager`,
  }))
}

/** uv is installed by pip, and so are the packages of the sandbox. @param {Machine} machine @param {readonly Wanted[]} wanted */
function needsPip(machine, wanted) {
  const { ready, uv } = machine
  const environment = (wanted.includes('python') && !ready.python) || (wanted.includes('vllm') && !ready.vllm)
  const sandboxIsReady = ready.rootfs || (hasEngine(machine) && ready.image)
  return (environment && !uv) || (wanted.includes('sandbox') && !sandboxIsReady && hasApt(machine))
}

/** @param {Machine} machine @param {readonly Wanted[]} wanted @returns {Need[]} */
function python(machine, wanted) {
  const { python: found, namedPython } = machine
  if ('seen' in found) {
    const packages = namedPython === undefined && offers(machine, 'python3') ? ['python3', 'python3-pip'] : []
    const toDo =
      'install one, and name it in AGENT0_PYTHON if it is not on PATH, as in "AGENT0_PYTHON=FILE npm run quickstart"'
    return [{ problem: `Python 3.11 or newer is needed (${found.seen})`, packages, toDo }]
  }
  if (found.pip || !needsPip(machine, wanted)) return []
  const packages = namedPython === undefined && hasApt(machine) ? ['python3-pip'] : []
  return [{ problem: `${found.path} has no pip`, packages, toDo: `run "${found.path} -m ensurepip"` }]
}

/** @param {Machine} machine @param {readonly Wanted[]} wanted @returns {Need[]} */
function temporal(machine, wanted) {
  const { ready, go, certificates, download } = machine
  if (!wanted.includes('temporal') || ready.temporal || (go && certificates) || download === 'reachable') return []
  const ways =
    'put a "temporal" binary (1.5 or newer) on PATH, or name a server of yours in TEMPORAL_ADDRESS, or install Go 1.21 or newer'
  if (go) {
    const problem = 'Go, which is to build the Temporal server, finds no certificates with which to trust a download'
    const packages = hasApt(machine) ? ['ca-certificates'] : []
    return [{ problem, packages, toDo: `install the package ca-certificates, or ${ways}` }]
  }
  if (download === 'unknown') return [] // its step waits longer, and says the same
  const problem = 'the Temporal server is not here, its download cannot be reached, and there is no Go to build it'
  return [{ problem, packages: offers(machine, 'golang-go') ? ['golang-go', 'ca-certificates'] : [], toDo: ways }]
}

/** A Docker engine, or else bubblewrap. @param {Machine} machine @param {readonly Wanted[]} wanted @returns {Need[]} */
function sandbox(machine, wanted) {
  const { commands, engine, namespaces, ready } = machine
  if (!wanted.includes('sandbox') || hasEngine(machine)) return []
  const instead = ENGINE[engine]
  const nothing = 'nothing here can run model-written code: no Docker engine can be used, and bubblewrap'
  if (namespaces !== undefined)
    return [
      { problem: `${nothing} is refused its namespaces (${namespaces})`, toDo: `${instead}, or ${ALLOW_NAMESPACES}` },
    ]
  if (!ready.rootfs && !hasApt(machine)) {
    const problem = `${nothing} needs files of Debian packages, which cannot be made without apt-get and dpkg-deb`
    return [{ problem, toDo: `${instead}, or use Debian or Ubuntu` }]
  }
  if (commands.includes('bwrap')) return []
  const packages = hasApt(machine) ? ['bubblewrap'] : []
  const toDo = `install the package bubblewrap with this system's package manager, or ${instead}`
  return [{ problem: `${nothing} is not installed`, packages, toDo, instead }]
}

/** What a person types who may install. @param {Machine} machine @param {readonly string[]} packages */
function installCommand({ rights }, packages) {
  const sudo = rights === 'password' ? 'sudo ' : ''
  const command = `"${sudo}apt-get update && ${sudo}apt-get install -y ${packages.join(' ')}"`
  return rights === 'none' ? `have root run ${command}` : `run ${command}`
}

const capitalised = (/** @type {string} */ sentence) => `${sentence[0]?.toUpperCase()}${sentence.slice(1)}`

/**
 * @param {Machine} machine
 * @param {readonly Wanted[]} wanted
 * @param {readonly string[]} installed packages that were installed just now: what they did not mend is for a person
 * @returns {Plan}
 */
export function planFor(machine, wanted, installed = []) {
  const rules = machine.supported ? [folders, tools, python, temporal, sandbox] : [system]
  const needs = rules.flatMap((rule) => rule(machine, wanted))
  if (needs.length === 0) return { kind: 'go' }
  const byPackage = needs.filter(({ packages = [] }) => packages.some((name) => !installed.includes(name)))
  const byHand = needs.filter((need) => !byPackage.includes(need))
  const packages = [...new Set(byPackage.flatMap((need) => need.packages ?? []))].sort()
  if (byHand.length === 0 && mayInstall(machine)) return { kind: 'install', packages }
  const sentences = byHand.map(({ problem, toDo }) => `${problem}: ${toDo}.`)
  if (packages.length > 0 && !mayInstall(machine)) {
    const problems = byPackage.map(({ problem }) => problem).join('; ')
    const others = byPackage.flatMap(({ instead }) =>
      instead === undefined ? [] : [`; instead of installing bubblewrap, ${instead}`],
    )
    sentences.push(`${problems}: ${installCommand(machine, packages)}${others.join('')}.`)
  }
  return { kind: 'stop', sentences: sentences.map(capitalised) }
}

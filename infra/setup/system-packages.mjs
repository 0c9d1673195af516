/**
 * `npm run setup:system`: what only root can install, on Debian and Ubuntu: a Docker engine, debootstrap, bubblewrap,
 * pip. Starts the engine if none answers and no init system does it. The other steps never need root.
 */
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { run, tryRun } from '../../host/commands.mjs'
import { engineVersion } from '../../host/engine.mjs'
import { acquireLock } from '../../host/lock.mjs'
import { cacheFolder } from '../../host/paths.mjs'
import { reasonOf, SetupProblem } from '../../host/problem.mjs'

/** Command that shows a package is there → the package. */
const PACKAGES = { dockerd: 'docker.io', debootstrap: 'debootstrap', bwrap: 'bubblewrap', pip3: 'python3-pip' }
const ENGINE_ANSWERS_WITHIN_MS = 30_000

/** Whether this machine is one where `installSystemPackages` can work: root on Debian or Ubuntu. */
export function canInstallSystemPackages() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  return process.getuid?.() === 0 && /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release)
}

/** @param {string} command */
async function onPath(command) {
  return (await tryRun('sh', ['-c', `command -v ${command}`])).code === 0
}

/** @param {(line: string) => void} print */
async function startEngine(print) {
  if (await engineVersion()) return
  if (existsSync('/run/systemd/system')) {
    await run('systemctl', ['start', 'docker'])
  } else {
    const folder = cacheFolder()
    const log = openSync(join(folder, 'logs', 'dockerd.log'), 'a')
    const engine = spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log] })
    engine.on('error', () => {})
    engine.unref()
    writeFileSync(join(folder, 'dockerd.pid'), `${engine.pid}\n`)
  }
  const deadline = performance.now() + ENGINE_ANSWERS_WITHIN_MS
  while (!(await engineVersion())) {
    if (performance.now() > deadline) {
      throw new SetupProblem(
        `dockerd was started but does not answer: read ${join(cacheFolder(), 'logs', 'dockerd.log')}.`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  print('✓ Docker engine started')
}

/** @param {(line: string) => void} print */
export async function installSystemPackages(print) {
  if (!canInstallSystemPackages()) {
    throw new SetupProblem('System packages can only be installed by root on Debian or Ubuntu: call again as root.')
  }
  const folder = cacheFolder()
  mkdirSync(join(folder, 'logs'), { recursive: true })
  const release = await acquireLock(join(folder, 'system.lock'), () => print('… waiting for another set-up'))
  try {
    const log = (/** @type {string} */ text) => appendFileSync(join(folder, 'logs', 'system-packages.log'), text)
    const missing = []
    for (const [command, name] of Object.entries(PACKAGES)) {
      if (!(await onPath(command))) missing.push(name)
    }
    if (missing.length > 0) {
      print(`… installing ${missing.join(', ')}`)
      const env = { DEBIAN_FRONTEND: 'noninteractive' }
      await run('apt-get', ['update'], { log, env })
      await run('apt-get', ['install', '-y', '--no-install-recommends', ...missing], { log, env })
    }
    print(`✓ System packages: ${Object.values(PACKAGES).join(', ')}`)
    await startEngine(print)
  } finally {
    release()
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await installSystemPackages(console.log)
  } catch (error) {
    console.error(`✗ ${reasonOf(error)}`)
    process.exitCode = 1
  }
}

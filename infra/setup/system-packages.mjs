/**
 * `npm run setup:system`, as root on Debian or Ubuntu: the system packages apart from the rest of set-up, and a Docker engine,
 * which bounds programs more tightly than bubblewrap and which set-up alone would not install. Starts it if no init system does.
 */
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { onPath, run } from '../../host/commands.mjs'
import { engineVersion } from '../../host/engine.mjs'
import { acquireLock } from '../../host/lock.mjs'
import { refuseForeignFolder } from '../../host/own-folder.mjs'
import { cacheFolder } from '../../host/paths.mjs'
import { reasonOf, SetupProblem } from '../../host/problem.mjs'
import { installPackages } from './install-packages.mjs'

/** Command that shows a package is there → the package. */
const PACKAGES = { dockerd: 'docker.io', bwrap: 'bubblewrap', pip3: 'python3-pip' }
const ENGINE_ANSWERS_WITHIN_MS = 30_000

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
async function installSystemPackages(print) {
  if (process.getuid?.() !== 0 || !onPath('apt-get'))
    throw new SetupProblem(
      'Only root can install system packages, and only on Debian or Ubuntu: run "sudo npm run setup:system" there. ' +
        'Elsewhere, install Docker or bubblewrap with the package manager of the system.',
    )
  const folder = cacheFolder()
  refuseForeignFolder(folder)
  mkdirSync(join(folder, 'logs'), { recursive: true })
  const log = (/** @type {string} */ text) => appendFileSync(join(folder, 'logs', 'system-packages.log'), text)
  const missing = Object.entries(PACKAGES).flatMap(([command, name]) => (onPath(command) ? [] : [name]))
  if (missing.length > 0) {
    print(`… System packages: installing ${missing.join(', ')}`)
    await installPackages(missing, { asRoot: true, log, print })
  }
  print(`✓ System packages: ${Object.values(PACKAGES).join(', ')}`)
  const release = await acquireLock(join(folder, 'system.lock'), () => print('… waiting for another set-up'))
  try {
    await startEngine(print)
  } finally {
    release()
  }
}

try {
  await installSystemPackages(console.log)
} catch (error) {
  console.error(`✗ ${reasonOf(error)}`)
  process.exitCode = 1
}

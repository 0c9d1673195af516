/** Runs a module of ml with the interpreter from set-up: `node infra/setup/run-python.mjs agent0_ml.x ARGUMENTS`. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../host/paths.mjs'
import { mlPython } from '../../host/python.mjs'

const [module, ...rest] = process.argv.slice(2)
const python = await mlPython()
if (module === undefined || !existsSync(python)) {
  console.error(module === undefined ? 'Name a Python module.' : 'There is no Python environment yet: npm run setup')
  process.exit(2)
}
// A pool that sleeps between operations: spinning threads cost more than they bring once another job wants the core.
const env = { OMP_WAIT_POLICY: 'passive', ...process.env, PYTHONPATH: join(ROOT, 'ml') }
const child = spawn(python, ['-m', module, ...rest], { cwd: ROOT, env, stdio: 'inherit' })
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))

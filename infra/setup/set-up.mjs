/**
 * The commands `npm run setup`, `npm test` and `npm run quickstart`: plain JavaScript for the machine's own Node 20, no
 * packages. What needs node_modules runs afterwards, on the Node 24 that is then in it.
 */
import { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { cacheFolder, NODE_24, ROOT } from '../../host/paths.mjs'
import { tryRun } from '../../host/commands.mjs'
import { reasonOf, SetupProblem } from '../../host/problem.mjs'
import { makeReady } from './make-ready.mjs'
import { quickstart } from './quickstart.mjs'
import { runSteps } from './run-steps.mjs'
import { npmDependencies } from './steps/npm-dependencies.mjs'
import { pythonEnvironment } from './steps/python-environment.mjs'
import { sandboxBackend } from './steps/sandbox-backend.mjs'
import { temporalCli } from './steps/temporal-cli.mjs'
import { vllmEnvironment } from './steps/vllm-environment.mjs'
import { runSomeTests, runTests } from './run-tests.mjs'

const LOGS_KEPT = 20

/**
 * The log of this set-up. Where the cache folder cannot be written nothing is kept: set-up is about to say so.
 * @returns {{ logFile: string, log: (text: string) => void }}
 */
function openLog() {
  const folder = join(cacheFolder(), 'logs')
  const logFile = join(folder, `setup-${new Date().toISOString().replaceAll(':', '')}-${process.pid}.log`)
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(logFile, '')
  } catch {
    return { logFile, log: () => {} }
  }
  const old = readdirSync(folder)
    .filter((name) => name.startsWith('setup-'))
    .sort()
  for (const name of old.slice(0, Math.max(0, old.length - LOGS_KEPT))) rmSync(join(folder, name), { force: true })
  return { logFile, log: (text) => appendFileSync(logFile, text) }
}

/** @typedef {import('./plan.mjs').Wanted} Wanted */

const STEPS = {
  npm: npmDependencies,
  temporal: temporalCli,
  python: pythonEnvironment,
  sandbox: sandboxBackend,
  vllm: vllmEnvironment,
}
/** @type {Wanted[]} */
const EVERYDAY = ['npm', 'temporal', 'python', 'sandbox']

/** What `npm test` needs. In CI nothing real may be missing, so real vLLM too; elsewhere it is npm run setup:vllm. */
const forTests = () => (process.env['CI'] === 'true' ? [...EVERYDAY, /** @type {const} */ ('vllm')] : EVERYDAY)

/**
 * @param {Wanted[]} wanted
 * @returns {Promise<boolean>} whether everything that must be there is there
 */
async function setUp(wanted = EVERYDAY) {
  const { logFile, log } = openLog()
  const print = (/** @type {string} */ line) => {
    console.log(line)
    log(`${line}\n`)
  }
  try {
    await makeReady(wanted, { log, print })
  } catch (error) {
    if (!(error instanceof SetupProblem)) throw error
    print(`✗ ${error.message}`)
    return false
  }
  const steps = wanted.map((name) => STEPS[name]())
  const results = await runSteps(steps, { log, print, logFile })
  const failed = results.filter((result) => !result.ok)
  if (failed.length > 0)
    print(`Set-up is not complete: ${failed.map((result) => result.title).join(', ')}. Fix that and call again.`)
  return failed.length === 0
}

/** @param {string[]} args of `agent0` */
async function agent0(...args) {
  console.log(`\n$ npx agent0 ${args.join(' ')}`)
  return (await tryRun(NODE_24, [join(ROOT, 'cli', 'agent0.mjs'), ...args], { show: true })).code
}

/** @param {string} question */
async function askInTerminal(question) {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return await terminal.question(question)
  } finally {
    terminal.close()
  }
}

async function setUpAndRun() {
  if (!(await setUp())) return 1
  // Ctrl-C is for the command that runs in this terminal: `watch` leaves its run alone and says so.
  process.on('SIGINT', () => {})
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY
  return quickstart({
    agent0,
    ask: (question) => (isTerminal ? askInTerminal(question) : undefined),
    print: console.log,
  })
}

async function main() {
  const [command = '', ...paths] = process.argv.slice(2)
  switch (command) {
    case 'setup':
      return (await setUp()) ? 0 : 1
    case 'setup:vllm':
      return (await setUp(['vllm'])) ? 0 : 1
    case 'quickstart':
      return setUpAndRun()
    case 'test':
      if (!(await setUp(forTests()))) return 1
      return paths.length > 0 ? runSomeTests(paths) : runTests('full')
    case 'test:quick':
      return (await setUp()) ? runTests('quick') : 1
    default:
      console.error(
        'Call it through npm: npm run quickstart, npm test, npm run test:quick, npm run setup, or npm run setup:vllm.',
      )
      return 2
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(`✗ ${reasonOf(error)}`)
  process.exitCode = 1
}

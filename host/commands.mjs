/** Commands that set-up runs: everything they print goes to the log, the last lines into the error. */
import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { SetupProblem } from './problem.mjs'

/**
 * What a step of set-up may say, and to whom.
 * @typedef {object} StepTools
 * @property {(text: string) => void} log writes to the log file only
 * @property {(text: string) => void} say one line for the person who waits
 */

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] added to our environment
 * @property {number} [timeoutMs] after this the command is killed and counts as failed
 * @property {(text: string) => void} [log] gets all output as it comes
 * @property {boolean} [show] the command writes to our own terminal
 */

/** A set-up that is killed gives its lock back at once: what it had started must not go on behind the next one's back. */
const DIES_WITH_US = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL'] : []

/**
 * @param {string} command
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {boolean} whether a program of that name is on PATH
 */
export function onPath(command, env = process.env) {
  return (env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return statSync(join(folder, command)).isFile()
    } catch {
      return false
    }
  })
}

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string }>} `code` is 127 if there is no such command, 128 + n after signal n
 */
export function tryRun(command, args, { cwd, env, timeoutMs, log, show = false } = {}) {
  return new Promise((resolve) => {
    log?.(`\n$ ${[command, ...args].join(' ')}\n`)
    const [program = command, ...guarded] = [...DIES_WITH_US, command, ...args]
    const child = spawn(program, guarded, {
      cwd,
      env: { ...process.env, ...env },
      stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    })
    // Not spawn's own time limit: its timer goes on, and keeps us alive, when the command does not exist.
    const limit = timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    const end = (/** @type {number} */ code, /** @type {string} */ text) => {
      clearTimeout(limit)
      resolve({ code, output: text })
    }
    let output = ''
    const take = (/** @type {Buffer} */ bytes) => {
      const text = bytes.toString()
      log?.(text)
      output = (output + text).slice(-65_536)
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    child.on('error', (error) => end(127, error.message))
    child.on('close', (code, signal) => end(code ?? (signal === 'SIGKILL' ? 137 : 143), output))
  })
}

/**
 * Runs a command that must succeed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} what it printed
 */
export async function run(command, args, options) {
  const { code, output } = await tryRun(command, args, options)
  if (code === 0) return output
  const lastLines = output.trim().split('\n').slice(-4).join('\n    ')
  throw new SetupProblem(`"${[command, ...args.slice(0, 3)].join(' ')} …" ended with ${code}:\n    ${lastLines}`)
}

/**
 * The version that a command prints, as numbers, or undefined if it is not there.
 * @param {string} command
 * @param {readonly string[]} args
 */
export async function versionOf(command, args) {
  const { code, output } = await tryRun(command, args, { timeoutMs: 10_000 })
  const match = code === 0 ? /(\d+)\.(\d+)(?:\.(\d+))?/.exec(output) : null
  return match === null ? undefined : match.slice(1).map((part) => Number(part ?? 0))
}

/**
 * @param {readonly number[]} version
 * @param {readonly number[]} least
 */
export function atLeast(version, least) {
  const differing = least.findIndex((part, index) => (version[index] ?? 0) !== part)
  return differing < 0 || (version[differing] ?? 0) > (least[differing] ?? 0)
}

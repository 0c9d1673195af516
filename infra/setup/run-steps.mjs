/**
 * Runs set-up steps side by side. A step is check → do → check again: calling it twice does the work once, calling it
 * in two processes at once does the work once (a lock), and a step that was cut off goes on where it can.
 */
import { acquireLock } from '../../host/lock.mjs'
import { reasonOf, SetupProblem } from '../../host/problem.mjs'

/** @typedef {import('../../host/commands.mjs').StepTools} StepTools */

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {string} lockFile
 * @property {() => Promise<string | undefined>} check what is in place, in a few words; undefined: not yet
 * @property {(tools: StepTools) => Promise<void>} act makes it so that `check` answers
 */

/** @typedef {{ title: string, ok: boolean, note: string }} StepResult */

const REMINDER_MS = 30_000

/** @param {number} startedAt milliseconds */
export function elapsed(startedAt) {
  const seconds = (performance.now() - startedAt) / 1_000
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

/**
 * @param {Step} step
 * @param {StepTools} tools
 * @returns {Promise<string>} what is in place
 */
async function settle(step, tools) {
  const ready = await step.check()
  if (ready !== undefined) return ready
  const release = await acquireLock(step.lockFile, () =>
    tools.say('waiting for another set-up that does this step now'),
  )
  try {
    const readyByNow = await step.check()
    if (readyByNow !== undefined) return readyByNow
    await step.act(tools)
    const done = await step.check()
    if (done === undefined) throw new Error(`step "${step.title}" ended without an error, but its check still fails`)
    return done
  } finally {
    release()
  }
}

/**
 * @param {Step} step
 * @param {StepTools & { print: (line: string) => void, logFile: string }} options
 * @returns {Promise<StepResult>}
 */
async function runStep(step, { log, print, logFile }) {
  const startedAt = performance.now()
  const say = (/** @type {string} */ text) => print(`… ${step.title}: ${text}`)
  const reminder = setInterval(() => say(`still at it (${elapsed(startedAt)})`), REMINDER_MS)
  try {
    const note = await settle(step, { log, say })
    print(`✓ ${step.title}: ${note} (${elapsed(startedAt)})`)
    return { title: step.title, ok: true, note }
  } catch (error) {
    log(`\n${step.title} failed: ${error instanceof Error ? error.stack : reasonOf(error)}\n`)
    const reason = error instanceof SetupProblem ? error.message : `unexpected: ${reasonOf(error)}`
    print(`✗ ${step.title}: ${reason}\n  The whole log: ${logFile}`)
    return { title: step.title, ok: false, note: reason }
  } finally {
    clearInterval(reminder)
  }
}

/**
 * @param {readonly Step[]} steps
 * @param {{ log: (text: string) => void, print: (line: string) => void, logFile: string }} options
 * @returns {Promise<StepResult[]>} one for each step, in their order; a failed step does not stop the others
 */
export function runSteps(steps, options) {
  const tools = { ...options, say: options.print }
  return Promise.all(steps.map((step) => runStep(step, tools)))
}

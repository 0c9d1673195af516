import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { Cause } from '../../contracts/alert.ts'
import { forCommand } from '../../contracts/text.ts'
import { ROOT } from '../../host/paths.mjs'

/** What a command is told of: on standard input as JSON, and as variables. */
export interface RaisedAlert extends Cause {
  run: string
  raisedAt: string
}

const SECONDS_MAX = 30
/** Of what a command said, as much as a log line needs. */
const SAID_MAX = 500

/**
 * Runs a person's command for an alert, in the checkout. Gives what went wrong with it, or null. `timeout` ends it and all that it
 * has started once its time is over, also if this process ends.
 * @param signal ends it sooner
 */
export function runAlertCommand(
  command: string,
  alert: RaisedAlert,
  signal: AbortSignal,
  seconds = SECONDS_MAX,
): Promise<string | null> {
  const variables = Object.entries(alert).map(
    ([name, value]) => `AGENT0_ALERT_${constantCase(name)}=${forCommand(String(value))}`,
  )
  const bounded = ['timeout', '--kill-after=2', String(seconds), 'sh', '-c', command]
  let child: ChildProcessWithoutNullStreams
  try {
    child = spawn('env', [...variables, ...bounded], { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] })
  } catch (error) {
    // A command with a NUL in it, or one that is too long for the kernel.
    return Promise.resolve(`it did not start: ${(error as Error).message}`)
  }
  let said = ''
  const hear = (text: Buffer) => (said = (said + text.toString()).slice(-SAID_MAX))
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  // It need not read what it is told.
  child.stdin.on('error', () => {})
  child.stdin.end(`${JSON.stringify(alert)}\n`)
  const end = () => child.kill('SIGTERM')
  if (signal.aborted) end()
  else signal.addEventListener('abort', end)
  return new Promise<string | null>((resolve) => {
    child.on('error', (error) => resolve(`it did not start: ${error.message}`))
    // 'exit' and not 'close': what it has left in the background may hold the pipes.
    child.on('exit', (code, by) => {
      for (const stream of [child.stdout, child.stderr]) stream.destroy()
      if (code === 0) resolve(null)
      else resolve(code === 124 ? `it took more than ${seconds} s` : `it ended with ${by ?? code}: ${said.trim()}`)
    })
  }).finally(() => signal.removeEventListener('abort', end))
}

/** `raisedAt` → `RAISED_AT`. */
function constantCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
}

import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import type { Writable } from 'node:stream'
import type { Command } from './service.ts'
import { identify, MARK_VARIABLE, type ProcessIdentity } from '../../host/process-identity.ts'
import { withoutSecrets } from '../../host/secrets.ts'

/** A process of ours: who it is, and why it ended once it has. */
export interface GuardedProcess {
  /** Undefined if it never started. */
  identity: ProcessIdentity | undefined
  ended: Promise<string>
}

const LOCK_WAIT_S = 30

/** Of a group whose leader has just ended. A living leader is another's: the number was free, so nothing of ours is left. */
function killGroup(leader: number): void {
  if (identify(leader) !== undefined) return
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // The group has no process left.
  }
}

/**
 * Runs a command under two guards of the kernel. `setpriv` has it end if we die; a lock refuses a second process on the
 * same data for as long as one lives: `flock` takes it, unless the command does. Both replace themselves by the command, so
 * the pid is the command's own. When it has ended, the processes that it started are ended too.
 */
export function spawnGuarded(
  { file, args, env, waitsForLock }: Command,
  lockFile: string,
  log: Writable,
): GuardedProcess {
  const lock = waitsForLock ? [] : ['flock', '--no-fork', '--wait', String(LOCK_WAIT_S), lockFile]
  const guards = ['--pdeathsig', 'TERM', ...lock]
  // Detached: a group of its own, so that Ctrl-C in the terminal of `up --foreground` is for us alone.
  const mark = randomUUID()
  const child = spawn('setpriv', [...guards, file, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A service knows the secrets that its command names, and no others.
    env: {
      ...withoutSecrets(),
      ...env,
      ...(waitsForLock && { AGENT0_LOCK: lockFile }),
      [MARK_VARIABLE]: mark,
      // Else Python's setproctitle, which vLLM uses, writes its title over what /proc shows of the environment.
      SPT_NOENV: '1',
    },
  })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(`did not start: ${error.message}`))
    // 'exit' and not 'close': a grandchild may hold the pipes for ever.
    child.on('exit', (code, signal) => {
      if (child.pid !== undefined) killGroup(child.pid)
      resolve(signal === null ? `ended with exit code ${code}` : `ended by ${signal}`)
    })
  })
  return { identity: child.pid === undefined ? undefined : identify(child.pid, mark), ended }
}

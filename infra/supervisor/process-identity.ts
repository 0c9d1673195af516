import { readFileSync } from 'node:fs'

/** Names one life of one process: pids are used again, a pid with its start time is not. */
export interface ProcessIdentity {
  pid: number
  /** Start of the process in clock ticks since boot (field 22 of /proc/PID/stat). */
  startTicks: number
}

/** The identity of a living process; undefined if there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name stands in brackets and may itself hold spaces and brackets.
    const [state, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? undefined : { pid, startTicks: Number(fields[18]) }
  } catch {
    return undefined
  }
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTicks === identity.startTicks
}

const POLL_MS = 50

/** Waits until the process is gone; false if it still lives after `timeoutMs`. */
export async function waitForEnd(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while (isAlive(identity)) {
    if (performance.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return true
}

function signal(identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isAlive(identity)) return
  try {
    process.kill(identity.pid, name)
  } catch {
    // It ended between the look and the signal.
  }
}

/** SIGTERM first; SIGKILL after `graceMs`. Resolves when the process is gone. */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  signal(identity, 'SIGTERM')
  if (await waitForEnd(identity, graceMs)) return
  signal(identity, 'SIGKILL')
  await waitForEnd(identity, graceMs)
}

import { readdirSync } from 'node:fs'
import { pidWorld, processStat } from './proc.ts'

/** Names one life of one process: pids are used again, a pid with its start time and its world is not. */
export interface ProcessIdentity {
  pid: number
  /** Start of the process in clock ticks since boot (field 22 of /proc/PID/stat). */
  startTicks: number
  /** Where the two mean anything. A state folder outlives it: the machine boots, a container is started again. */
  world: string
}

const HERE = pidWorld()

/** A living process and the group that it is in; undefined if there is none (a zombie counts as none). */
function look(pid: number): (ProcessIdentity & { group: number }) | undefined {
  const found = processStat(pid)
  if (found === undefined || found.state === 'Z' || found.state === 'X') return undefined
  return { pid, startTicks: Number(found.start), world: HERE, group: found.group }
}

/** The identity of a living process; undefined if there is none. */
export function identify(pid: number): ProcessIdentity | undefined {
  const found = look(pid)
  return found && { pid, startTicks: found.startTicks, world: HERE }
}

/** What lives of the group that a process leads, or led before it died. A pid is not given again while it names a group. */
export function membersOf({ pid: leader, startTicks, world }: ProcessIdentity): ProcessIdentity[] {
  if (world !== HERE) return []
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (look(Number(name)) ?? []) : []))
  const members = all.filter(({ group }) => group === leader)
  // Another process leads a group of this number now, or one that is older than ours has it.
  if (members.some((one) => (one.pid === leader ? one.startTicks !== startTicks : one.startTicks < startTicks)))
    return []
  return members
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identity.world === HERE && identify(identity.pid)?.startTicks === identity.startTicks
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

/**
 * SIGTERM first; SIGKILL after `graceMs`, and to what is left of its group, also where it is dead already: vLLM's engine
 * outlives a front that was killed. Resolves when all are gone.
 */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  signal(identity, 'SIGTERM')
  if (!(await waitForEnd(identity, graceMs))) signal(identity, 'SIGKILL')
  await waitForEnd(identity, graceMs)
  const left = membersOf(identity)
  for (const member of left) signal(member, 'SIGKILL')
  await Promise.all(left.map((member) => waitForEnd(member, graceMs)))
}

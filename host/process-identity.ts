import { readdirSync, readFileSync } from 'node:fs'
import { pidWorld, processStat } from './proc.ts'

/** Names one life of one process: pids are used again, a pid with its start time and its world is not. */
export interface ProcessIdentity {
  pid: number
  /** Start of the process in clock ticks since boot (field 22 of /proc/PID/stat). */
  startTicks: number
  /** Where the two mean anything. A state folder outlives it: the machine boots, a container is started again. */
  world: string
  /** What it and all that it starts have in their environment, under `MARK_VARIABLE`; only what we start to end it has one. */
  mark?: string
}

/** Tells the processes of one life, also when its leader is gone and its number may be another's. */
export const MARK_VARIABLE = 'AGENT0_LIFE'

const HERE = pidWorld()

/** A living process and the group that it is in; undefined if there is none (a zombie counts as none). */
function look(pid: number): (ProcessIdentity & { group: number }) | undefined {
  const found = processStat(pid)
  if (found === undefined || found.state === 'Z' || found.state === 'X') return undefined
  return { pid, startTicks: Number(found.start), world: HERE, group: found.group }
}

/** The identity of a living process; undefined if there is none. */
export function identify(pid: number, mark?: string): ProcessIdentity | undefined {
  const found = look(pid)
  return found && { pid, startTicks: found.startTicks, world: HERE, ...(mark !== undefined && { mark }) }
}

/** Whether a process was started with that mark. It may not be ours to ask, or gone. */
function bears(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`${MARK_VARIABLE}=${mark}`)
  } catch {
    return false
  }
}

/**
 * What lives of the group that a process leads, or led before it died. A pid is not given again while it names a group, so all are
 * ours while the leader is there. Afterwards the number may have been another's group: only what bears the mark is ours for certain.
 */
export function membersOf({ pid: leader, startTicks, world, mark }: ProcessIdentity): ProcessIdentity[] {
  if (world !== HERE) return []
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (look(Number(name)) ?? []) : []))
  const members = all
    .filter(({ group }) => group === leader)
    .map(({ pid, startTicks: start }) => ({ pid, startTicks: start, world: HERE }))
  // Also as a zombie it holds the number.
  if (Number(processStat(leader)?.start) === startTicks) return members
  return mark === undefined ? [] : members.filter(({ pid }) => bears(pid, mark))
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
  const before = membersOf(identity).filter(({ pid }) => pid !== identity.pid)
  signal(identity, 'SIGTERM')
  if (!(await waitForEnd(identity, graceMs))) signal(identity, 'SIGKILL')
  await waitForEnd(identity, graceMs)
  const left = [...before, ...membersOf(identity)].filter(isAlive)
  for (const member of left) signal(member, 'SIGKILL')
  await Promise.all(left.map((member) => waitForEnd(member, graceMs)))
}

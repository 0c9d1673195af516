import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * Who started a slot: this boot of this machine, and this process with its start time, because process ids come again.
 * Written on every container, so that the next owner can tell which of them nobody owns any more.
 */
export interface Owner {
  host: string
  boot: string
  pid: number
  /** Start of the process in kernel ticks since boot. */
  start: string
}

function startOf(pid: number): string | undefined {
  try {
    // The command name, in parentheses, may hold spaces.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19]
  } catch {
    return undefined
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return 'unknown'
  }
}

/** Containers may share a host's name and not its processes: a process id says something in one of these only. */
export function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))![0]
  } catch {
    return 'unknown'
  }
}

/** What a process id and its start are unique in: a namespace of process ids, in one boot. */
export const pidWorld = () => `${bootId()}/${pidNamespace()}`

export function thisOwner(): Owner {
  return { host: hostname(), boot: bootId(), pid: process.pid, start: startOf(process.pid) ?? 'unknown' }
}

export function writeOwner({ host, boot, pid, start }: Owner): string {
  return [host, boot, pid, start].join('/')
}

/** Whether the owner is surely gone. A stranger's host, or a label that says nothing, is left alone. */
export function ownerIsGone(text: string, us: Owner = thisOwner()): boolean {
  const [host, boot, pid, start] = text.split('/')
  if (host !== us.host || boot === undefined || pid === undefined || start === undefined) return false
  return boot !== us.boot || (process.platform === 'linux' && startOf(Number(pid)) !== start)
}

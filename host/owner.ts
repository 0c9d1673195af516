import { hostname } from 'node:os'
import { bootId, processStat } from './proc.ts'

/**
 * Who started a slot: this boot of this machine, and this process with its start time, because process ids come again.
 * Written on every container, so that the next owner can tell which of them have lost their owner.
 */
export interface Owner {
  host: string
  boot: string
  pid: number
  /** Start of the process in kernel ticks since boot. */
  start: string
}

const startOf = (pid: number) => processStat(pid)?.start

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

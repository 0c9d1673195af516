import { hostname } from 'node:os'
import { bootId, pidNamespace, processStat } from './proc.ts'

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
  /** Containers may share a host's name and boot: a process id means something in one namespace only. */
  namespace: string
}

const startOf = (pid: number) => processStat(pid)?.start

export function thisOwner(): Owner {
  const start = startOf(process.pid) ?? 'unknown'
  return { host: hostname(), boot: bootId(), pid: process.pid, start, namespace: pidNamespace() }
}

export function writeOwner({ host, boot, pid, start, namespace }: Owner): string {
  return [host, boot, pid, start, namespace].join('/')
}

/** Whether the owner is surely gone. Another host, another namespace of processes, or a label that says nothing is left alone. */
export function ownerIsGone(text: string, us: Owner = thisOwner()): boolean {
  const [host, boot, pid, start, namespace] = text.split('/')
  if (host !== us.host || boot === undefined || pid === undefined || start === undefined) return false
  if (boot === us.boot && namespace !== us.namespace) return false
  return boot !== us.boot || (process.platform === 'linux' && startOf(Number(pid)) !== start)
}

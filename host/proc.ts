import { readFileSync, readlinkSync } from 'node:fs'

/** Of a process, what Linux says in `/proc/PID/stat`. */
export interface ProcessStat {
  /** `R`, `S`, `Z` …; a zombie is still listed. */
  state: string
  /** Id of its process group. */
  group: number
  /** Start of the process in clock ticks since boot, as text. */
  start: string
}

/** Undefined where there is no such process, or no `/proc`. */
export function processStat(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name stands in brackets and may itself hold spaces and brackets.
    const [state = '', , group, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state, group: Number(group), start: rest[16] ?? '' }
  } catch {
    return undefined
  }
}

export function bootId(): string {
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

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const LISTENING = '0A'

/** Socket inodes that listen on a TCP port of this machine, IPv4 and IPv6. */
function listeningInodes(port: number): Set<string> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let text = ''
    try {
      text = readFileSync(table, 'utf8')
    } catch {
      continue // no IPv6 here
    }
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/)
      if (fields[3] === LISTENING && fields[1]?.endsWith(`:${wanted}`)) inodes.add(fields[9]!)
    }
  }
  return inodes
}

function holdsOneOf(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
        return inode !== undefined && inodes.has(inode)
      } catch {
        return false // the file descriptor was closed meanwhile
      }
    })
  } catch {
    return false // another user's process, or one that has ended
  }
}

/**
 * Who listens on a TCP port: pid and command. `unknown` if the port is taken by a process that we may not look into;
 * undefined if no process listens.
 */
export function portOwner(port: number): { pid: number; command: string } | 'unknown' | undefined {
  const inodes = listeningInodes(port)
  if (inodes.size === 0) return undefined
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && holdsOneOf(name, inodes))
  if (pid === undefined) return 'unknown'
  let command: string
  try {
    command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim()
  } catch {
    return 'unknown' // it has ended this very moment
  }
  return { pid: Number(pid), command: command.length > 100 ? `${command.slice(0, 99)}…` : command }
}

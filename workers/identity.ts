import { readlinkSync } from 'node:fs'
import { ownerIsGone, thisOwner, writeOwner } from '../infra/sandbox/owner.ts'
import type { WorkerKind } from './environment.ts'

/** Containers may share a host's name and not its processes: a process id says something in one of these only. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))![0]
  } catch {
    return 'unknown'
  }
}

/** What a worker calls itself on the Temporal server: its kind and its process, so that another of its kind can tell whether it lives. */
export const identityOf = (kind: WorkerKind) => `${kind}@${writeOwner(thisOwner())}/${pidNamespace()}`

/**
 * Whether an identity is that of a worker of this kind which surely lives no more. One of another boot may be one of another machine with
 * our name.
 */
export const isGone = (kind: WorkerKind, identity: string) =>
  identity.startsWith(`${kind}@${thisOwner().host}/${thisOwner().boot}/`) &&
  identity.endsWith(`/${pidNamespace()}`) &&
  ownerIsGone(identity.slice(kind.length + 1))

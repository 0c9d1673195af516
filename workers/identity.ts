import { ownerIsGone, thisOwner, writeOwner } from '../host/owner.ts'
import type { WorkerKind } from './environment.ts'

/** What a worker calls itself on the Temporal server: its kind and its process, so that another of its kind can tell whether it lives. */
export const identityOf = (kind: WorkerKind) => `${kind}@${writeOwner(thisOwner())}`

/**
 * Whether an identity is that of a worker of this kind which surely lives no more. One of another boot may be one of another machine with
 * our name.
 */
export const isGone = (kind: WorkerKind, identity: string) =>
  identity.startsWith(`${kind}@${thisOwner().host}/${thisOwner().boot}/`) &&
  ownerIsGone(identity.slice(kind.length + 1))

import { createServer } from 'node:net'
import { failure } from '../failure.ts'

/** User ids of slots start here. */
const FIRST_USER_ID = 61_000
/** Slots that a machine may have at once. */
const USERS = 3_840

let asked = 0

/** Where to begin: others begin elsewhere, so that two seldom want the same. */
const ownFirst = () => process.pid * 64 + asked++

/**
 * The user ids of slots, each once. Every slot of a machine has its own, because the kernel counts processes per user. Which of them
 * are free is the caller's to find out.
 */
export function* slotUsers(first: number = ownFirst()): Generator<number, never> {
  for (let index = 0; index < USERS; index++) yield FIRST_USER_ID + ((first + index) % USERS)
  throw failure('Sandbox.SlotBootFailed', `${USERS} sandbox slots already run on this machine, the most there may be`)
}

/** A user id that nobody else on this machine has until `release`, or until this process ends. */
export interface HeldUser {
  uid: number
  release: () => void
}

/** Holds a free user id. The kernel keeps the names of abstract sockets apart, and takes them from a process that ends. */
export async function holdUser(first?: number): Promise<HeldUser> {
  for (const uid of slotUsers(first)) {
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
      )
      server.listen(`\0agent0-slot-user-${uid}`, () => resolve(true))
    })
    if (isFree) return { uid, release: () => server.close() }
  }
  throw new Error('slotUsers ends with a failure')
}

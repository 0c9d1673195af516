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
 * @param first a user id to begin with, or any other number
 */
export function* slotUsers(first: number = ownFirst()): Generator<number, never> {
  const offset = first < FIRST_USER_ID ? first : first - FIRST_USER_ID
  for (let index = 0; index < USERS; index++) yield FIRST_USER_ID + ((offset + index) % USERS)
  throw failure('Sandbox.SlotBootFailed', `${USERS} sandbox slots already run on this machine, the most there may be`)
}

/**
 * A free user id, which nobody else on this machine has until this process ends: the kernel keeps the names of abstract sockets apart,
 * and takes them from a process that ends.
 */
export async function holdUser(first?: number): Promise<number> {
  for (const uid of slotUsers(first)) {
    const server = createServer().unref()
    const isFree = await new Promise<boolean>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
      )
      server.listen(`\0agent0-slot-user-${uid}`, () => resolve(true))
    })
    if (isFree) return uid
  }
  throw new Error('slotUsers ends with a failure')
}

import { execa } from 'execa'
import { once } from 'node:events'
import { join } from 'node:path'
import { holdUser, slotUsers } from '../../../services/sandbox/slot-users.ts'
import { ROOT } from '../../support/repository.ts'

/** Beyond what processes begin with by themselves would be possible too: they would only go on to the next. */
const FIRST = 1_234

test('a machine has 3,840 users for slots, each its own; then it says so', () => {
  const given: number[] = []
  const all = () => {
    for (const uid of slotUsers(FIRST)) given.push(uid)
  }
  expect(all).toThrow('3840 sandbox slots already run on this machine')
  expect(new Set(given).size).toBe(3_840)
})

test('a user is held by one slot, in any process, and is free when that ends', async () => {
  const ours = await Promise.all([holdUser(FIRST), holdUser(FIRST)])
  expect(new Set(ours).size).toBe(2)
  const module = join(ROOT, 'services', 'sandbox', 'slot-users.ts')
  const program = `const { holdUser } = await import(${JSON.stringify(module)})
    console.log(await holdUser(${FIRST}))
    setInterval(() => {}, 1_000)`
  const other = execa(process.execPath, ['--input-type=module', '--eval', program], { reject: false })
  const [said] = (await once(other.stdout, 'data')) as [Buffer]
  const theirs = Number(String(said))
  expect(ours).not.toContain(theirs)
  other.kill('SIGKILL')
  await other
  expect(await holdUser(FIRST)).toBe(theirs)
})

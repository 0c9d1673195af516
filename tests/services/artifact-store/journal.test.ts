import { appendFileSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { openStore } from '../../../services/artifact-store/open.ts'
import { journalLine } from '../../../services/artifact-store/journal-lines.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const KEY = 'tiny/iter-001/rollouts.jsonl'
const JOURNAL = 'journals/tiny~iter-001~rollouts.jsonl'

async function slots(root: string): Promise<[string, unknown][]> {
  const journal = await openStore(root).openJournal(KEY)
  const found = [...journal.entries()]
  await journal.close()
  return found
}

async function write(root: string, slot: string, value: unknown): Promise<unknown> {
  const journal = await openStore(root).openJournal(KEY)
  const stands = await journal.putIfAbsent(slot, value)
  await journal.close()
  return stands
}

describe('a journal as a file', () => {
  test('loses nothing but the line that was being written when its writer died, wherever it was cut', async () => {
    const whole = journalLine('b', { text: 'ünï', tokens: [1, 2, 3] })
    const bytes = Buffer.from(whole)
    for (let length = 0; length < bytes.length; length++) {
      const root = temporaryFolder()
      await write(root, 'a', 1)
      appendFileSync(join(root, JOURNAL), bytes.subarray(0, length))
      expect(await slots(root)).toEqual([['a', 1]])
      // Whole but for its last newline, the line counts once another follows: for everybody alike.
      const stands = await write(root, 'b', 'again')
      expect(stands).toEqual(length === bytes.length - 1 ? { text: 'ünï', tokens: [1, 2, 3] } : 'again')
      expect(await slots(root)).toEqual([
        ['a', 1],
        ['b', stands],
      ])
      rmSync(root, { recursive: true })
    }
  })

  test('passes over lines that were not written by it: zeros, garbage, a changed byte', async () => {
    const root = temporaryFolder()
    await write(root, 'a', 1)
    const changed = journalLine('b', 'good').replace('good', 'evil')
    appendFileSync(join(root, JOURNAL), `${'\0'.repeat(512)}\n{"a":\n00000000 ["b",2]\n${changed}`)
    expect(await write(root, 'c', 3)).toBe(3)
    expect(await slots(root)).toEqual([
      ['a', 1],
      ['c', 3],
    ])
  })

  const withChecksum = (text: string) => `\n${crc32(text).toString(16).padStart(8, '0')} ${text}\n`

  test.each(['{}', 'null', '7', '"a"', '[]', '["a"]', '["a",1,2]', '[1,2]', '{"a":1', 'no JSON', '\ud800'])(
    'a line with a right checksum that is not an entry, %s, is a refusal that says which file and line, now and later',
    async (text) => {
      const root = temporaryFolder()
      await write(root, 'a', 1)
      const early = await openStore(root).openJournal(KEY)
      appendFileSync(join(root, JOURNAL), withChecksum(text))
      const refusal = {
        type: 'Agent0.Invariant',
        nonRetryable: true,
        message: expect.stringMatching(/tiny~iter-001~rollouts\.jsonl: line 4 .*Move that file away/) as string,
      }
      await expect(openStore(root).openJournal(KEY)).rejects.toMatchObject(refusal)
      await expect(early.putIfAbsent('b', 2)).rejects.toMatchObject(refusal)
      await early.close()
    },
  )

  test('a line that another attempt wrote before ours counts, although we had not read it', async () => {
    const root = temporaryFolder()
    const journal = await openStore(root).openJournal(KEY)
    appendFileSync(join(root, JOURNAL), journalLine('a', 'theirs'))
    expect(await journal.putIfAbsent('a', 'ours')).toBe('theirs')
    await journal.close()
  })

  test('a line of another attempt in the middle of ours, as a short write leaves it, spoils neither', async () => {
    const root = temporaryFolder()
    const ours = journalLine('a', 'ours'.repeat(100))
    await write(root, 'start', 0)
    appendFileSync(join(root, JOURNAL), `${ours.slice(0, 50)}${journalLine('b', 'theirs')}${ours.slice(50)}`)
    expect(await write(root, 'a', 'anew')).toBe('anew')
    expect(await slots(root)).toEqual([
      ['start', 0],
      ['b', 'theirs'],
      ['a', 'anew'],
    ])
  })
})

describe('durability', () => {
  /** Counts the syncs of all files while the action runs; each waits for `hold`. */
  async function syncsDuring(action: () => Promise<void>, hold = Promise.resolve()): Promise<number> {
    const handle = await open('/dev/null')
    const prototype = Object.getPrototypeOf(handle) as FileHandle
    await handle.close()
    const spy = jest.spyOn(prototype, 'datasync').mockImplementation(() => hold)
    try {
      await action()
      return spy.mock.calls.length
    } finally {
      spy.mockRestore()
    }
  }

  test('an entry is told to be written when it is on the disk, not before', async () => {
    const journal = await openStore(temporaryFolder()).openJournal(KEY)
    let release = () => {}
    const hold = new Promise<void>((resolve) => (release = resolve))
    const told: string[] = []
    await syncsDuring(async () => {
      const first = journal.putIfAbsent('a', 1).then(() => told.push('first'))
      while (journal.entries().size === 0) await new Promise((resolve) => setImmediate(resolve))
      // Another that asks for the same slot now may see the value, but not yet rely on it.
      const second = journal.putIfAbsent('a', 2).then(() => told.push('second'))
      await new Promise((resolve) => setTimeout(resolve, 20))
      told.push('released')
      release()
      await Promise.all([first, second])
    }, hold)
    expect(told).toEqual(['released', 'first', 'second'])
    await journal.close()
  })

  test('a hundred entries at once share a few syncs', async () => {
    const journal = await openStore(temporaryFolder()).openJournal(KEY)
    const count = await syncsDuring(async () => {
      await Promise.all(Array.from({ length: 100 }, (_, slot) => journal.putIfAbsent(`slot-${slot}`, slot)))
    })
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThanOrEqual(3)
    await journal.close()
  })

  test('against kills alone nothing waits for the disk', async () => {
    const store = openStore(temporaryFolder(), 'kill')
    const count = await syncsDuring(async () => {
      const journal = await store.openJournal(KEY)
      await journal.putIfAbsent('a', 1)
      await journal.close()
      await store.putJson('tiny/a.json', 1)
    })
    expect(count).toBe(0)
  })

  test('a journal whose sync failed is trusted no more, and a new one takes its place', async () => {
    const root = temporaryFolder()
    const journal = await openStore(root).openJournal(KEY)
    const broken = Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }))
    broken.catch(() => undefined)
    const outage = { type: 'Infra.StoreUnavailable', nonRetryable: false }
    await syncsDuring(() => expect(journal.putIfAbsent('a', 1)).rejects.toMatchObject(outage), broken)
    await expect(journal.putIfAbsent('b', 2)).rejects.toMatchObject(outage)
    await journal.close()
    expect(await write(root, 'b', 2)).toBe(2)
  })
})

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { ArtifactReference } from '../../../contracts/artifact-reference.ts'
import { openStore } from '../../../services/artifact-store/open.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { allLines, lines, storeChild } from '../../support/store-child.ts'

const JOURNAL = 'tiny/iter-001/executor/step-0001/task-000001/rollouts.jsonl'
const numbered = (number: number) => `tiny/iter-001/record-${String(number).padStart(4, '0')}.jsonl`

test('of two processes that store under the same keys at once, both are told the same', async () => {
  const root = temporaryFolder()
  // Both have the store open before either begins.
  const script = `
    say('ready')
    await new Promise((resolve) => process.stdin.once('data', resolve))
    for (let number = 0; number < 200; number++) {
      const key = 'tiny/iter-001/record-' + String(number).padStart(4, '0') + '.jsonl'
      say(await store.putIfAbsent(key, Buffer.from(process.pid + ' at ' + number), number))
    }
    process.exit()`
  const children = [storeChild(root, script), storeChild(root, script)]
  const said = children.map(async (child) => {
    const told: unknown[] = []
    for await (const line of lines(child)) told.push(line)
    return told.slice(1)
  })
  await Promise.all(children.map((child) => once(child.stdout, 'readable')))
  for (const child of children) child.stdin.write('go\n')
  const [one, other] = (await Promise.all(said)) as [ArtifactReference[], ArtifactReference[]]
  expect(one).toHaveLength(200)
  expect(other).toEqual(one)
  const store = openStore(root)
  const words = await Promise.all(one.map(async (reference) => Buffer.from(await store.get(reference)).toString()))
  expect(words).toEqual(one.map((_, number) => expect.stringMatching(new RegExp(`^\\d+ at ${number}$`)) as string))
}, 60_000)

test('two processes that append to one journal at once follow one chain', async () => {
  const root = temporaryFolder()
  const script = `
    const journal = await store.openJournal(${JSON.stringify(JOURNAL)})
    say('ready')
    await new Promise((resolve) => process.stdin.once('data', resolve))
    let chain = 0
    for (let slot = 0; slot < 300; slot++) chain = await journal.putIfAbsent('slot-' + slot, chain * 31 % 65521 + process.pid)
    say(chain)
    say([...journal.entries()])
    process.exit()`
  const children = [storeChild(root, script), storeChild(root, script)]
  const said = children.map(allLines)
  await Promise.all(children.map((child) => once(child.stdout, 'readable')))
  for (const child of children) child.stdin.write('go\n')
  const [one, other] = await Promise.all(said)
  expect(one).toEqual(other)
  const journal = await openStore(root).openJournal(JOURNAL)
  expect([...journal.entries()]).toEqual(one![2])
  expect(journal.entries().size).toBe(300)
  await journal.close()
}, 60_000)

test('whatever was told to be written outlives a kill in the middle of writing, and writing goes on', async () => {
  const root = temporaryFolder()
  const long = 100_000
  const writeFrom = (start: number) => `
    const journal = await store.openJournal(${JSON.stringify(JOURNAL)})
    for (let number = ${start}; ; number++) {
      const value = { number, long: 'x'.repeat(${long}) }
      const records = store.putRecords('tiny/iter-001/record-' + String(number).padStart(4, '0') + '.jsonl', [value])
      await Promise.all([journal.putIfAbsent('slot-' + number, value), records])
      say(number)
    }`
  let told = -1
  for (const rounds of [5, 10, 15]) {
    const child = storeChild(root, writeFrom(told + 1))
    try {
      for await (const number of lines(child)) {
        told = number as number
        // It is at the next one already.
        if (told >= rounds) child.kill('SIGKILL')
      }
    } finally {
      child.kill('SIGKILL')
    }
    const store = openStore(root)
    const journal = await store.openJournal(JOURNAL)
    expect(told).toBeGreaterThanOrEqual(rounds)
    for (let number = 0; number <= told; number++) {
      expect(journal.entries().get(`slot-${number}`)).toEqual({ number, long: 'x'.repeat(long) })
      const reference = (await store.find(numbered(number)))!
      expect(await store.getRecords(z.object({ number: z.int() }), reference)).toEqual([{ number }])
    }
    // What was not told yet is there as a whole, or not at all.
    for (const key of await store.list('')) await store.get((await store.find(key))!)
    await journal.close()
  }
}, 60_000)

/** Words that run a command with a real disk of this size at the folder, which nobody else sees. */
const onSmallDisk = (folder: string, size: string) => [
  'unshare',
  '--map-root-user',
  '--mount',
  'sh',
  '-c',
  `mount -t tmpfs -o size=${size} agent0-test ${folder} && exec "$@"`,
  'sh',
]

function canMount(): boolean {
  const [file, ...words] = [...onSmallDisk(temporaryFolder(), '64k'), 'true']
  return spawnSync(file!, words).status === 0
}

async function fullDiskLaw() {
  const root = join(temporaryFolder(), 'store')
  mkdirSync(root)
  const script = `
    import { readdirSync, rmSync, writeFileSync } from 'node:fs'
    import { randomBytes } from 'node:crypto'
    const failing = (promise) => promise.then(() => undefined, ({ type, nonRetryable, message }) => ({ type, nonRetryable, message }))
    const key = (name) => 'tiny/' + name + '.parquet'
    const journal = await store.openJournal(key('j'))
    const kept = await store.putIfAbsent(key('kept'), Buffer.from('kept'), 1)
    await journal.putIfAbsent('before', 1)
    writeFileSync(${JSON.stringify(root)} + '/ballast', '')
    try { for (;;) writeFileSync(${JSON.stringify(root)} + '/ballast', randomBytes(1024), { flag: 'a' }) } catch {}
    const long = 'x'.repeat(20_000)
    say(await failing(store.putIfAbsent(key('new'), Buffer.from(long), 1)))
    say(await failing(journal.putIfAbsent('during', long)))
    say(await failing(store.putTable(key('table'), 'metrics', [{ id: 'tiny', name: 'loss', value: 1 }])))
    say(await store.find(key('new')))
    say(readdirSync(${JSON.stringify(root)} + '/tmp'))
    rmSync(${JSON.stringify(root)} + '/ballast')
    const [after] = await Promise.all([store.putIfAbsent(key('new'), Buffer.from(long), 1), journal.putIfAbsent('during', long)])
    say([(await store.get(after)).length, Buffer.from(await store.get(kept)).toString()])
    await journal.close()
    const again = await store.openJournal(key('j'))
    say([...again.entries()].map(([slot, value]) => [slot, String(value).length]))
    process.exit()`
  const said = await allLines(storeChild(root, script, onSmallDisk(root, '512k')))
  const full = { type: 'Infra.DiskFull', nonRetryable: false, message: expect.stringContaining('is full') as string }
  expect(said).toEqual([
    full,
    full,
    full,
    null,
    [],
    [20_000, 'kept'],
    [
      ['before', 1],
      ['during', 20_000],
    ],
  ])
}

if (canMount()) {
  test('a full disk is an outage that says so, spoils nothing, and is over once there is room', fullDiskLaw, 60_000)
} else {
  test('NOT RUN, because this machine lets nobody mount a small disk: a full disk', () => {
    expect(process.env['CI']).toBeUndefined()
  })
}

import { execa } from 'execa'
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import type { ArtifactStore } from '../../../contracts/ports/index.ts'
import { runsIn } from '../../../report/read-run.ts'
import { findGarbage, openStore, removeGarbage, strayFiles } from '../../../services/artifact-store/open.ts'
import { ROOT } from '../../support/repository.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const KEY = 'tiny/iter-001/rollouts.jsonl'
const JOURNAL = 'journals/tiny~iter-001~rollouts.jsonl'

const put = (store: ArtifactStore): Promise<unknown> => store.putJson('tiny/iter-001/a.json', 1)
test.each([
  ['runs', put],
  ['runs/tiny', put],
  ['blobs', put],
  ['tmp', put],
  ['journals', (store: ArtifactStore) => store.openJournal(KEY)],
  ['runs', (store: ArtifactStore) => store.list('tiny')],
  ['runs/tiny', (store: ArtifactStore) => store.list('tiny')],
])('%s as a link leads nothing out of it', async (place, use) => {
  const [root, outside] = [temporaryFolder(), temporaryFolder()]
  mkdirSync(join(outside, 'tiny'))
  if (place.includes('/')) mkdirSync(join(root, 'runs'))
  symlinkSync(outside, join(root, place))
  const refused = { type: 'Agent0.Invariant', message: expect.stringContaining('symbolic link') as string }
  await expect(use(openStore(root))).rejects.toMatchObject(refused)
  expect(readdirSync(outside, { recursive: true })).toEqual(['tiny'])
})

test('a file that is a link is not read through', async () => {
  const [root, secret] = [temporaryFolder(), join(temporaryFolder(), 'secret')]
  writeFileSync(secret, '{}')
  const store = openStore(root)
  const { uri, sha256, count } = await store.putJson('tiny/a.json', {})
  for (const path of [uri, 'runs/tiny/a.json']) {
    rmSync(join(root, path))
    symlinkSync(secret, join(root, path))
  }
  mkdirSync(join(root, 'journals'))
  symlinkSync(secret, join(root, JOURNAL))
  const refused = { type: 'Agent0.Invariant', message: expect.stringContaining('symbolic link') as string }
  await expect(store.get({ uri, sha256, count })).rejects.toMatchObject(refused)
  await expect(store.find('tiny/a.json')).rejects.toMatchObject(refused)
  await expect(store.openJournal(KEY)).rejects.toMatchObject(refused)
  expect(readFileSync(secret, 'utf8')).toBe('{}')
})

test('may itself be reached by a link, and may be removed and made again while it is open', async () => {
  const [real, link] = [temporaryFolder(), join(temporaryFolder(), 'link')]
  symlinkSync(real, link)
  const store = openStore(link)
  await store.putJson('tiny/iter-001/a.json', 1)
  for (const name of readdirSync(real)) rmSync(join(real, name), { recursive: true })
  expect(await store.find('tiny/iter-001/a.json')).toBeNull()
  await store.putJson('tiny/iter-001/a.json', 2)
  expect(await store.list('')).toEqual(['tiny/iter-001/a.json'])
})

test('keeps no temporary file', async () => {
  const root = temporaryFolder()
  const store = openStore(root)
  await store.putTable('tiny/m.parquet', 'metrics', [])
  await Promise.all(Array.from({ length: 20 }, (_, index) => store.putJson('tiny/a.json', index)))
  expect(readdirSync(join(root, 'tmp'))).toEqual([])
})

test('a name that says nothing is a refusal that says which file', async () => {
  const root = temporaryFolder()
  const store = openStore(root)
  await store.putJson('tiny/a.json', 1)
  writeFileSync(join(root, 'runs/tiny/a.json'), '')
  const sentence = {
    type: 'Agent0.Invariant',
    message: expect.stringContaining(join('runs', 'tiny', 'a.json')) as string,
  }
  await expect(store.find('tiny/a.json')).rejects.toMatchObject(sentence)
})

test('storing right bytes again mends a spoilt blob', async () => {
  const root = temporaryFolder()
  const store = openStore(root)
  const reference = await store.putJson('tiny/a.json', 1)
  writeFileSync(join(root, reference.uri), 'x')
  await store.putJson('tiny/b.json', 1)
  expect(Buffer.from(await store.get(reference)).toString()).toBe('1')
})

test('what the disk refuses for another reason is an outage that says which', async () => {
  const root = temporaryFolder()
  writeFileSync(join(root, 'runs'), 'a file where the folder should be')
  const outage = {
    type: 'Infra.StoreUnavailable',
    nonRetryable: false,
    message: expect.stringMatching(/ENOTDIR|EEXIST/) as string,
  }
  await expect(openStore(root).putJson('tiny/a.json', 1)).rejects.toMatchObject(outage)
})

test('ten thousand keys are listed, all of them, in order', async () => {
  const store = openStore(temporaryFolder(), 'kill')
  const keys = Array.from(
    { length: 10_000 },
    (_, index) => `tiny/iter-001/record-${String(index).padStart(5, '0')}.json`,
  )
  const shuffled = keys.map((_, index) => keys[(index * 7_919) % keys.length]!)
  for (let at = 0; at < shuffled.length; at += 500) {
    await Promise.all(shuffled.slice(at, at + 500).map((key) => store.putJson(key, 0)))
  }
  expect(await store.list('tiny/iter-001')).toEqual(keys)
}, 300_000)

function sparse(path: string): void {
  writeFileSync(path, '')
  truncateSync(path, 2 ** 40)
}

describe('a spoilt blob', () => {
  const zeros = (bytes: number) => zstdCompressSync(Buffer.alloc(bytes))
  /** Peak RSS of a process of its own that reads the artifact of that key, MiB, and how the reading ended. */
  async function readApart(root: string, key: string): Promise<{ mebibytes: number; ended: string }> {
    const script = `
      const { openStore } = await import(${JSON.stringify(join(ROOT, 'services/artifact-store/open.ts'))})
      const store = openStore(${JSON.stringify(root)})
      const reference = await store.find(${JSON.stringify(key)})
      const ended = await store.get(reference).then(({ length }) => String(length), (error) => error.type + ' ' + error.message)
      console.log(JSON.stringify({ mebibytes: process.resourceUsage().maxRSS / 1024, ended }))`
    const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', script])
    return JSON.parse(stdout) as { mebibytes: number; ended: string }
  }

  test('that holds gigabytes in kilobytes is refused in little memory', async () => {
    const root = temporaryFolder()
    const store = openStore(root)
    const { uri } = await store.putRecords('tiny/a.jsonl', ['small'])
    const whole = await readApart(root, 'tiny/a.jsonl')
    expect(whole.ended).toBe(String('"small"\n'.length))
    const piece = zeros(128 << 20)
    writeFileSync(join(root, uri), Buffer.concat(Array.from({ length: 12 }, () => piece)))
    expect(statSync(join(root, uri)).size).toBeLessThan(200_000)
    const bomb = await readApart(root, 'tiny/a.jsonl')
    expect(bomb.ended).toMatch(/^Agent0\.Invariant .*corrupted: checksum mismatch/)
    expect(bomb.mebibytes - whole.mebibytes).toBeLessThan(300)
  }, 120_000)

  test('an artifact that is larger than what may be held unchecked comes back whole, compressed and as a file', async () => {
    const store = openStore(temporaryFolder())
    const bytes = Buffer.alloc(70 << 20, 'not only zeros ')
    for (const key of ['tiny/large.jsonl', 'tiny/large.json'])
      expect(bytes.equals(await store.get(await store.putIfAbsent(key, bytes, 1)))).toBe(true)
  }, 60_000)

  test.each([
    ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
    ['a sparse file of a terabyte', sparse],
  ])(
    '%s in its place is refused, and nobody waits for it',
    async (_what, put) => {
      const root = temporaryFolder()
      const store = openStore(root)
      const reference = await store.putJson('tiny/a.json', 1)
      const path = join(root, reference.uri)
      rmSync(path)
      put(path)
      await expect(store.get(reference)).rejects.toMatchObject({ type: 'Agent0.Invariant' })
    },
    60_000,
  )

  test('a name as long as a book is refused without being read', async () => {
    const root = temporaryFolder()
    const store = openStore(root)
    await store.putJson('tiny/a.json', 1)
    sparse(join(root, 'runs/tiny/a.json'))
    await expect(store.find('tiny/a.json')).rejects.toMatchObject({ type: 'Agent0.Invariant' })
  })
})

test.each([
  'STRAY',
  '.DS_Store',
  'tiny/.a.json.swp',
  'tiny/A.json',
  'Tiny/a.json',
  'tiny/iter-1/a.json',
  'tiny/a.json~',
  '-/a.json',
])('a stray file, runs/%s, is passed over by every listing, and gc names it', async (stray) => {
  const root = temporaryFolder()
  const store = openStore(root)
  await store.putJson('tiny/a.json', 1)
  mkdirSync(dirname(join(root, 'runs', stray)), { recursive: true })
  writeFileSync(join(root, 'runs', stray), 'not ours')
  expect(await store.list('')).toEqual(['tiny/a.json'])
  expect(await store.list('tiny')).toEqual(['tiny/a.json'])
  const rule = { olderThanMs: 0, now: Date.now() + 60_000 }
  expect(await removeGarbage(root, await findGarbage(root, rule), rule)).toEqual([])
  expect(await strayFiles(root)).toEqual([`runs/${stray}`])
  expect(await runsIn(store)).toEqual(['tiny'])
})

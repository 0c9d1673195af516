import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ArtifactStore } from '../../../contracts/ports/index.ts'
import { openStore } from '../../../services/artifact-store/open.ts'
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

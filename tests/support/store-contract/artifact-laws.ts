import { readFileSync } from 'node:fs'
import { ArtifactReference } from '../../../contracts/artifact-reference.ts'
import { bytesOf, KEY, type OpenRig } from './rig.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

/** What is put is found. */
export function storingLaws(open: OpenRig): void {
  test.each([KEY, 'tiny/config.yaml', 'tiny/iter-001/executor/step-0007/batch.parquet', 'tiny/iter-001/report.json'])(
    'what is stored under %s comes back, also to another process',
    async (key) => {
      const { store, again } = open()
      const bytes = bytesOf('ünï\n'.repeat(1_000))
      const reference = await store.putIfAbsent(key, bytes, 7)
      expect(ArtifactReference.parse(reference)).toEqual({ ...reference, count: 7 })
      expect(text(await again().get(reference))).toBe(text(bytes))
      expect(await again().find(key)).toEqual(reference)
    },
  )

  test('nothing is found where nothing was put', async () => {
    expect(await open().store.find(KEY)).toBeNull()
  })

  test('the first writer of a key wins, and every later one is told of its artifact', async () => {
    const { store, again } = open()
    const first = await store.putIfAbsent(KEY, bytesOf('first'), 1)
    expect(await again().putIfAbsent(KEY, bytesOf('second'), 2)).toEqual(first)
    expect(text(await store.get((await store.find(KEY))!))).toBe('first')
  })

  test('of writers that race all are told the same, which is what one of them brought', async () => {
    const { again } = open()
    const words = Array.from({ length: 16 }, (_, index) => `writer ${index}`)
    const told = await Promise.all(words.map((word, index) => again().putIfAbsent(KEY, bytesOf(word), index)))
    expect(new Set(told.map((reference) => JSON.stringify(reference))).size).toBe(1)
    expect(text(await again().get(told[0]!))).toBe(words[told[0]!.count])
  })

  test('equal bytes have equal digests under every key; no bytes are bytes', async () => {
    const { store } = open()
    const references = await Promise.all(
      ['a.json', 'b.json'].map((name) => store.putIfAbsent(`tiny/${name}`, bytesOf(''), 0)),
    )
    expect(references[0]).toEqual(references[1])
    expect(await store.get(references[0]!)).toHaveLength(0)
  })
}

/** What is not as it was is never handed out. */
export function harmLaws(open: OpenRig): void {
  test.each(['.jsonl', '.json'])(
    'a spoilt, a cut and a lost %s are named, and nothing is handed out',
    async (ending) => {
      const { store, spoil, cut, lose } = open()
      const reference = await store.putIfAbsent(`tiny/data${ending}`, bytesOf('right bytes'), 1)
      const named = { nonRetryable: true, message: expect.stringContaining(reference.uri) as string }
      cut(reference)
      await expect(store.get(reference)).rejects.toMatchObject({ type: 'Agent0.Invariant', ...named })
      spoil(reference)
      await expect(store.get(reference)).rejects.toMatchObject({ type: 'Agent0.Invariant', ...named })
      lose(reference)
      await expect(store.get(reference)).rejects.toMatchObject({ type: 'Agent0.Missing', ...named })
    },
  )

  test('a spoilt artifact has no path', async () => {
    const { store, spoil } = open()
    const reference = await store.putIfAbsent('tiny/batch.parquet', bytesOf('right bytes'), 1)
    spoil(reference)
    await expect(store.pathOf(reference)).rejects.toMatchObject({ type: 'Agent0.Invariant' })
  })
}

/** Other programs read some artifacts. */
export function fileLaws(open: OpenRig): void {
  test.each(['tiny/config.json', 'tiny/batch.parquet'])('others can read %s as a file', async (key) => {
    const { store } = open()
    const reference = await store.putIfAbsent(key, bytesOf('{"a": 1}'), 1)
    expect(readFileSync(await store.pathOf(reference), 'utf8')).toBe('{"a": 1}')
  })

  test('what is compressed is no file for others, and asking for it is our mistake', async () => {
    const { store } = open()
    const reference = await store.putIfAbsent(KEY, bytesOf('x'), 1)
    await expect(store.pathOf(reference)).rejects.toThrow('only .parquet and .json')
  })
}

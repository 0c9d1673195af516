import { KEY, type OpenRig, TASK } from './rig.ts'

/** The first value of a slot stands. */
export function chainLaws(open: OpenRig): void {
  test('remembers each slot, in order, also for who opens it later', async () => {
    const { store, again } = open()
    const journal = await store.openJournal(KEY)
    expect(journal.entries().size).toBe(0)
    const value = { tokenIds: [1, 2], logprobs: [-0.1], text: 'ünï\n' }
    expect(await journal.putIfAbsent('b', value)).toEqual(value)
    expect(await journal.putIfAbsent('a', null)).toBeNull()
    await journal.close()
    const later = await again().openJournal(KEY)
    expect([...later.entries()]).toEqual([
      ['b', value],
      ['a', null],
    ])
    await later.close()
  })

  test('keeps the first value of a slot and hands it to every other writer', async () => {
    const { store, again } = open()
    const [one, other] = [await store.openJournal(KEY), await again().openJournal(KEY)]
    expect(await one.putIfAbsent('turn-00', 'mine')).toBe('mine')
    expect(await other.putIfAbsent('turn-00', 'yours')).toBe('mine')
    expect(await one.putIfAbsent('turn-00', 'another')).toBe('mine')
    await Promise.all([one.close(), other.close()])
  })

  test('overlapping attempts end with one chain, whoever is ahead', async () => {
    const { again } = open()
    const attempts = await Promise.all(Array.from({ length: 5 }, () => again().openJournal(KEY)))
    const chains = await Promise.all(
      attempts.map(async (journal, attempt) => {
        let chain = ''
        // Each value depends on those before it, as a turn does.
        for (let turn = 0; turn < 20; turn++) {
          chain = (await journal.putIfAbsent(`turn-${turn}`, `${chain}${attempt}`)) as string
        }
        return chain
      }),
    )
    expect(new Set(chains).size).toBe(1)
    expect(chains[0]).toMatch(/^[0-4]{20}$/)
    await Promise.all(attempts.map((journal) => journal.close()))
  })

  test('takes the same slot twice at once and gives both callers one value', async () => {
    const journal = await open().store.openJournal(KEY)
    expect(await Promise.all([journal.putIfAbsent('a', 1), journal.putIfAbsent('a', 2)])).toEqual([1, 1])
    await journal.close()
  })
}

/** A journal is nothing but the journal of its key. */
export function journalLaws(open: OpenRig): void {
  test('is another one under another key', async () => {
    const { store } = open()
    const [one, other] = [await store.openJournal(KEY), await store.openJournal(`${TASK}/other.jsonl`)]
    await one.putIfAbsent('a', 1)
    expect(other.entries().size).toBe(0)
    await Promise.all([one.close(), other.close()])
  })

  test('that is closed takes nothing, and what has no JSON is our mistake', async () => {
    const journal = await open().store.openJournal(KEY)
    await expect(journal.putIfAbsent('a', undefined)).rejects.toThrow('no value')
    await journal.close()
    await expect(journal.putIfAbsent('a', 1)).rejects.toThrow('closed')
  })

  test('is no artifact, and an artifact under its key is none to it', async () => {
    const { store } = open()
    const journal = await store.openJournal(KEY)
    await journal.putIfAbsent('a', 1)
    expect(await store.find(KEY)).toBeNull()
    expect(await store.list('')).toEqual([])
    await store.putRecords(KEY, [1])
    expect([...journal.entries()]).toEqual([['a', 1]])
    await journal.close()
  })
}

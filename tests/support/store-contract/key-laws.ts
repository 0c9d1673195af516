import { bytesOf, type OpenRig } from './rig.ts'

/** What a key is, and what lies below an id. */
export function keyLaws(open: OpenRig): void {
  test.each([
    '',
    'config.yaml',
    'tiny',
    'tiny/..',
    'tiny/../config.yaml',
    '../tiny/config.yaml',
    '/tiny/config.yaml',
    'tiny//config.yaml',
    'tiny/iter-1/config.yaml',
    'tiny/.hidden',
    'tiny/config',
    'tiny/Config.yaml',
    'tiny/a~b.json',
    'tiny/config.yaml/',
    `tiny/${'a'.repeat(80)}.json`,
    'tiny/config\0.yaml',
  ])('%j is not a key', async (key) => {
    const { store } = open()
    await expect(store.putIfAbsent(key, bytesOf('x'), 1)).rejects.toThrow('is not a store key')
    await expect(store.find(key)).rejects.toThrow('is not a store key')
    await expect(store.openJournal(key)).rejects.toThrow('is not a store key')
  })

  test.each(['../secret', '/etc/passwd', 'blobs/../../secret', 'runs/tiny/config.yaml'])(
    'a reference to %s leads nowhere',
    async (uri) => {
      const reference = { uri, sha256: '0'.repeat(64), count: 1 }
      await expect(open().store.get(reference)).rejects.toMatchObject({ type: 'Agent0.Invariant' })
    },
  )

  test('the list below an id has its keys and no others, in order of their text', async () => {
    const { store } = open()
    const keys = [
      'tiny/iter-001/a.json',
      'tiny/iter-001/stage/b.json',
      'tiny/iter-002/a.json',
      'tiny-world/iter-001/a.json',
    ]
    for (const key of keys.toReversed()) await store.putJson(key, key)
    expect(await store.list('tiny')).toEqual(keys.slice(0, 3))
    expect(await store.list('tiny/iter-001')).toEqual(keys.slice(0, 2))
    expect(await store.list('')).toEqual([keys[3], ...keys.slice(0, 3)])
    expect(await store.list('other')).toEqual([])
    await expect(store.list('../x')).rejects.toThrow('is not an id')
  })
}

import { execa } from 'execa'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { iterationKey } from '../../../contracts/artifact-keys.ts'
import { runId } from '../../../contracts/ids.ts'
import { summariseIteration } from '../../../core/metrics/iteration-summary.ts'
import { findGarbage, type GarbageRule, openStore, removeGarbage } from '../../../services/artifact-store/open.ts'
import { ROOT } from '../../support/repository.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const DAY_MS = 86_400_000
const OLD = (Date.now() - 3 * DAY_MS) / 1_000
const A = 'tiny/iter-001/executor/step-0001/task-000001/rollouts.jsonl'
const B = 'tiny/iter-001/executor/step-0001/task-000002/rollouts.jsonl'
const OTHER = 'tiny-world/iter-001/executor/step-0001/task-000001/rollouts.jsonl'

const rule = (changed: Partial<GarbageRule> = {}): GarbageRule => ({ olderThanMs: DAY_MS, now: Date.now(), ...changed })

/** A folder as after a while: everything in it is three days old. */
async function lived(...live: ((root: string) => Promise<unknown>)[]): Promise<string> {
  const root = temporaryFolder()
  for (const each of live) await each(root)
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) utimesSync(join(entry.parentPath, entry.name), OLD, OLD)
  }
  return root
}

const journaled = (key: string) => async (root: string) => {
  const journal = await openStore(root).openJournal(key)
  await journal.putIfAbsent('turn-00', key)
  await journal.close()
}
const stored = (key: string, word: string) => (root: string) => openStore(root).putRecords(key, [word])
/** An artifact whose writer died before it named it, or lost a race. */
const unnamed = (word: string) => async (root: string) => {
  await stored('tiny/x.jsonl', word)(root)
  rmSync(join(root, 'runs/tiny/x.jsonl'))
}
const left = (root: string) => {
  mkdirSync(join(root, 'tmp'), { recursive: true })
  writeFileSync(join(root, 'tmp/left'), 'half')
  return Promise.resolve()
}

const pathsOf = (garbage: readonly { path: string }[]) => garbage.map(({ path }) => path).sort()

async function collect(root: string, changed: Partial<GarbageRule> = {}): Promise<string[]> {
  const found = await findGarbage(root, rule(changed))
  const gone = await removeGarbage(root, found, rule(changed))
  expect(pathsOf(gone)).toEqual(pathsOf(found))
  for (const { path } of gone) expect(existsSync(join(root, path))).toBe(false)
  return pathsOf(gone)
}

test('what stands under a key is never garbage, and can be read afterwards', async () => {
  const root = await lived(stored(A, 'one'), stored(B, 'two'), stored(OTHER, 'one'))
  expect(await collect(root)).toEqual([])
  const store = openStore(root)
  expect(
    await Promise.all((await store.list('')).map(async (key) => store.get((await store.find(key))!))),
  ).toHaveLength(3)
})

test('an artifact under no key goes once it is a day old', async () => {
  const root = await lived(unnamed('lost'), stored(A, 'kept'))
  await unnamed('young')(root)
  const gone = await collect(root)
  expect(gone).toEqual([expect.stringMatching(/^blobs\/..\/[0-9a-f]{64}\.zst$/)])
  expect(await openStore(root).get((await openStore(root).find(A))!)).toHaveLength('"kept"\n'.length)
})

test('a journal goes when its record stands, not before, however old it is', async () => {
  const root = await lived(journaled(A), journaled(B), stored(A, 'final'))
  expect(await collect(root)).toEqual([`journals/${A.replaceAll('/', '~')}`])
  const journal = await openStore(root).openJournal(B)
  expect([...journal.entries()]).toEqual([['turn-00', B]])
  await journal.close()
})

test('a journal that somebody still writes stays, although its record stands', async () => {
  const root = await lived(journaled(A), stored(A, 'final'))
  const late = await openStore(root).openJournal(A)
  await late.putIfAbsent('turn-01', 'late')
  expect(await collect(root)).toEqual([])
  await late.close()
})

test('what a writer that died left behind goes after a day', async () => {
  const root = await lived(left)
  writeFileSync(join(root, 'tmp/young'), 'half')
  expect(await collect(root)).toEqual(['tmp/left'])
})

test('of one run only its journals go', async () => {
  const root = await lived(journaled(A), stored(A, 'a'), journaled(OTHER), stored(OTHER, 'b'), unnamed('lost'), left)
  expect(await collect(root, { run: 'tiny' })).toEqual([`journals/${A.replaceAll('/', '~')}`])
})

test('what it does not know stays', async () => {
  const root = await lived(stored(A, 'a'), async (folder) => {
    for (const path of [
      'notes.txt',
      'blobs/notes.txt',
      'blobs/00/0123',
      'journals/notes',
      'lineages/x',
      'pins/x',
      'runs/tiny/x',
    ]) {
      mkdirSync(join(folder, path, '..'), { recursive: true })
      if (!path.startsWith('runs')) writeFileSync(join(folder, path), '')
    }
  })
  expect(await collect(root)).toEqual([])
})

test('looking changes nothing', async () => {
  const root = await lived(journaled(A), stored(A, 'a'), unnamed('lost'), left)
  const before = readdirSync(root, { recursive: true })
  const found = await findGarbage(root, rule())
  expect(found.map(({ kind }) => kind).sort()).toEqual(['artifact', 'journal', 'temporary file'])
  expect(found.every(({ bytes }) => bytes > 0)).toBe(true)
  expect(readdirSync(root, { recursive: true })).toEqual(before)
})

test('a name that cannot be read ends it before anything is gone: who knows what it referred to', async () => {
  const root = await lived(stored(A, 'a'), unnamed('lost'))
  writeFileSync(join(root, 'runs', A), '')
  await expect(findGarbage(root, rule())).rejects.toMatchObject({ type: 'Agent0.Invariant' })
})

test('bytes that are stored again while their old copy is collected are there', async () => {
  const root = await lived(unnamed('again'))
  const found = await findGarbage(root, rule())
  expect(found).toHaveLength(1)
  // Between the look and the removal.
  const reference = await stored(B, 'again')(root)
  expect(await removeGarbage(root, found, rule())).toEqual([])
  expect(await openStore(root).get(reference)).toHaveLength('"again"\n'.length)
})

test('storing and collecting the same bytes at once, over and over, loses none', async () => {
  const root = temporaryFolder()
  for (let round = 0; round < 30; round++) {
    await unnamed(`word ${round}`)(root)
    const [blob] = await findGarbage(root, rule({ olderThanMs: -DAY_MS }))
    utimesSync(join(root, blob!.path), OLD, OLD)
    const [reference] = await Promise.all([
      stored(`tiny/round-${round}.jsonl`, `word ${round}`)(root),
      removeGarbage(root, [blob!], rule()),
    ])
    expect(await openStore(root).get(reference)).toHaveLength(`"word ${round}"\n`.length)
  }
})

describe('a collector that was killed between taking a young blob and putting it back', () => {
  const killed = async () => {
    const root = await lived(stored(A, 'needed'))
    const reference = (await openStore(root).find(A))!
    mkdirSync(join(root, 'tmp'), { recursive: true })
    renameSync(join(root, reference.uri), join(root, 'tmp', basename(reference.uri)))
    return { root, reference }
  }

  test('costs a reader nothing', async () => {
    const { root, reference } = await killed()
    expect(await openStore(root).get(reference)).toHaveLength('"needed"\n'.length)
  })

  test('leaves nothing that the next one would throw away', async () => {
    const { root, reference } = await killed()
    expect(await collect(root)).toEqual([])
    expect(existsSync(join(root, reference.uri))).toBe(true)
    expect(readdirSync(join(root, 'tmp'))).toEqual([])
  })
})

describe('checkpoints', () => {
  const digest = (letter: string) => letter.repeat(64)
  const lineage = (name: string, letters: string) => (root: string) => {
    mkdirSync(join(root, 'lineages', name, 'steps'), { recursive: true })
    for (const [index, letter] of letters.split('').entries()) {
      const step = String(index + 1).padStart(6, '0')
      writeFileSync(
        join(root, 'lineages', name, 'steps', `${step}.json`),
        JSON.stringify({ checkpoint: digest(letter) }),
      )
      mkdirSync(join(root, 'checkpoints', digest(letter)), { recursive: true })
      writeFileSync(join(root, 'checkpoints', digest(letter), 'manifest.json'), 'x'.repeat(10))
    }
    return Promise.resolve()
  }
  const pinned = (letter: string) => (root: string) => {
    mkdirSync(join(root, 'pins', digest(letter)), { recursive: true })
    writeFileSync(join(root, 'pins', digest(letter), 'vllm-0'), '')
    return Promise.resolve()
  }
  const checkpoints = (letters: string) => letters.split('').map((letter) => `checkpoints/${digest(letter)}`)

  test('stay, all of them, unless the keep rule is given', async () => {
    expect(await collect(await lived(lineage('tiny-executor', 'abcd')))).toEqual([])
  })

  test('go by the trainer’s rule: the last, every n-th and the pinned stay', async () => {
    const root = await lived(lineage('tiny-executor', 'abcdef'), lineage('other-executor', '12'), pinned('a'))
    const found = await findGarbage(root, rule({ checkpoints: { keepLast: 1, milestoneEvery: 4 } }))
    expect(found).toContainEqual({ kind: 'checkpoint', path: `checkpoints/${digest('b')}`, bytes: 10 })
    expect(await collect(root, { checkpoints: { keepLast: 1, milestoneEvery: 4 } })).toEqual(checkpoints('1bce'))
    expect(readdirSync(join(root, 'checkpoints')).sort()).toEqual(['2', 'a', 'd', 'f'].map(digest))
  }, 60_000)

  test('stay if a recorded iteration refers to them: the policies at its end, and the frozen one', async () => {
    const policyOf = (version: number, letter: string) => {
      const [role, checkpoint] = ['executor', digest(letter)]
      const name = `tiny-${role}-v${version}-${checkpoint.slice(0, 8)}`
      return { name, role, version, checkpoint, uri: `/store/checkpoints/${checkpoint}` }
    }
    const recorded = (root: string) => {
      const state = { iteration: 3, policies: { executor: policyOf(4, 'd') }, frozen: policyOf(2, 'b') }
      const next = { ...state, archive: [], sampledTokens: 0 }
      const record = { summary: summariseIteration(2, []), stages: [], seconds: {}, next }
      return openStore(root).putJson(iterationKey(runId('tiny'), 2), record)
    }
    const root = await lived(lineage('tiny-executor', 'abcdef'), recorded)
    expect(await collect(root, { checkpoints: { keepLast: 1, milestoneEvery: 0 } })).toEqual(checkpoints('ace'))
    expect(readdirSync(join(root, 'checkpoints')).sort()).toEqual(['b', 'd', 'f'].map(digest))
  }, 60_000)

  test('of one run go only from its own lineages, and of no lineages none', async () => {
    const root = await lived(lineage('tiny-executor', 'abc'), lineage('tiny-world-executor', '123'))
    const keep = { keepLast: 1, milestoneEvery: 0 }
    expect(await collect(root, { checkpoints: { ...keep, lineages: [] } })).toEqual([])
    expect(await collect(root, { checkpoints: { ...keep, lineages: ['tiny-executor'] } })).toEqual(checkpoints('ab'))
  }, 60_000)
})

describe('agent0 gc', () => {
  const gc = async (root: string, ...words: string[]) => {
    const command = [join(ROOT, 'cli', 'agent0.mjs'), 'gc', '--store', root, ...words]
    const { stdout, stderr, exitCode } = await execa(process.execPath, command, { reject: false })
    return { said: stdout + stderr, exitCode }
  }

  test('says what would go, and lets it go when told', async () => {
    const root = await lived(journaled(A), stored(A, 'a'), unnamed('lost'))
    const looked = await gc(root, '--list')
    expect(looked).toMatchObject({ exitCode: 0, said: expect.stringContaining('Nothing was deleted') as string })
    expect(looked.said).toMatch(/^artifact +1 /m)
    expect(looked.said).toMatch(/^journal +1 /m)
    expect(looked.said).toContain(`journals/${A.replaceAll('/', '~')}`)
    expect(await gc(root, '--delete')).toMatchObject({ said: expect.stringContaining('Deleted.') as string })
    expect(await gc(root)).toEqual({ said: 'Nothing can go.', exitCode: 0 })
  }, 60_000)

  test.each([
    ['there is no such store', [], 'There is no store at', '/nowhere'],
    ['there is no such run', ['--run', 'other'], 'There is no run "other"'],
    ['a run’s name is none', ['--run', '../x'], 'is not an id'],
    ['no hours', ['--older-than', '0'], 'At least 1'],
    ['no checkpoints', ['--keep-checkpoints', '0'], 'At least 1'],
  ])(
    '%s: one sentence',
    async (_what, words, sentence, root = temporaryFolder()) => {
      const { said, exitCode } = await gc(root, ...words)
      expect(exitCode).toBe(1)
      expect(said).toContain(sentence)
    },
    60_000,
  )
})

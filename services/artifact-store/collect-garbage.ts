import { rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { IterationRecord } from '../../contracts/run-record.ts'
import { digestInUri, takenBlob, takenPlace } from './blobs.ts'
import { onDisk } from './disk-failure.ts'
import { FsFiles, orAbsent } from './fs-files.ts'
import { FsStore, keyOfJournal } from './fs-store.ts'
import type { Garbage, GarbageRule } from './garbage.ts'
import { pruneCheckpoints } from './prune-checkpoints.ts'

const AT_ONCE = 64

/**
 * What may go from the store in a folder: artifacts that stand under no key, journals under whose key an artifact
 * stands, files of writers that died, and checkpoints that the trainer's rule does not keep. A name that cannot be read
 * is thrown as what it is, since nobody knows then which artifact is still needed.
 */
export async function findGarbage(root: string, rule: GarbageRule): Promise<Garbage[]> {
  const [store, files] = [new FsStore(root, 'kill'), new FsFiles(root, 'kill')]
  const keys = new Set(await store.list(''))
  const needed = new Set(await inParts([...keys], async (key) => (await store.find(key))?.uri))

  const old = async (folder: string, kind: Garbage['kind'], mayGo: (path: string) => boolean): Promise<Garbage[]> => {
    const paths = (await files.list(folder, '')).map((name) => join(folder, name)).filter(mayGo)
    const found = await inParts(paths, async (path) => {
      const bytes = await sizeIfOld(join(root, path), rule)
      return bytes === null ? [] : [{ kind, path, bytes }]
    })
    return found.flat()
  }
  const isOver = (path: string) => {
    const key = keyOfJournal(basename(path))
    return keys.has(key) && (rule.run === undefined || key.startsWith(`${rule.run}/`))
  }
  return onDisk(root, 'looking for garbage', async () => [
    ...(await old('journals', 'journal', isOver)),
    ...(rule.run === undefined
      ? [
          ...(await old('blobs', 'artifact', (path) => digestInUri(path) !== undefined && !needed.has(path))),
          ...(await old('tmp', 'temporary file', (path) => takenBlob(basename(path)) === undefined)),
        ]
      : []),
    ...(rule.checkpoints === undefined
      ? []
      : await pruneCheckpoints(root, rule.checkpoints, await recordedCheckpoints(store), 'look')),
  ])
}

const ITERATION_RECORD = /^[^/]+\/iter-\d+\/record\.json$/

/**
 * Digests of the checkpoints that recorded iterations refer to: the policies at their ends, and the frozen one, which every later
 * evaluation samples from.
 */
async function recordedCheckpoints(store: FsStore): Promise<string[]> {
  const keys = (await store.list('')).filter((key) => ITERATION_RECORD.test(key))
  const digests = await inParts(keys, async (key) => {
    const { policies, frozen } = (await store.getJson(IterationRecord, (await store.find(key))!)).next
    return [...Object.values(policies), ...(frozen === null ? [] : [frozen])].map(({ checkpoint }) => checkpoint)
  })
  return [...new Set(digests.flat())]
}

/** Takes away what was found; gives what is really gone. */
export async function removeGarbage(root: string, garbage: readonly Garbage[], rule: GarbageRule): Promise<Garbage[]> {
  const store = new FsStore(root, 'kill')
  return onDisk(root, 'collecting garbage', async () => {
    const gone: Garbage[] = []
    await putBackTaken(root)
    for (const each of garbage) {
      if (each.kind === 'journal' || each.kind === 'temporary file') await rm(join(root, each.path), { force: true })
      else if (each.kind === 'checkpoint' || !(await removeArtifact(root, each.path, rule))) continue
      gone.push(each)
    }
    return rule.checkpoints === undefined
      ? gone
      : [...gone, ...(await pruneCheckpoints(root, rule.checkpoints, await recordedCheckpoints(store), 'delete'))]
  })
}

/** A collector that was killed while it decided has left what it had taken; what is not needed goes another time. */
async function putBackTaken(root: string): Promise<void> {
  const files = new FsFiles(root, 'kill')
  await files.folder('tmp')
  for (const name of await files.list('tmp', '')) {
    const blob = takenBlob(name)
    if (blob === undefined) continue
    await files.nameAgain(takenPlace(blob), blob)
    await rm(join(root, takenPlace(blob)), { force: true })
  }
}

/**
 * Who stores the same bytes again puts a new file in the old one's place before he names it. So the age of what was
 * really taken decides: a young one goes back.
 */
async function removeArtifact(root: string, uri: string, rule: GarbageRule): Promise<boolean> {
  const taken = join(root, takenPlace(uri))
  await orAbsent(() => rename(join(root, uri), taken))
  const isOld = (await sizeIfOld(taken, rule)) !== null
  if (!isOld) await new FsFiles(root, 'kill').nameAgain(takenPlace(uri), uri)
  await rm(taken, { force: true })
  return isOld
}

/** The size of a file, bytes; null if it is younger than what goes, or gone already. */
async function sizeIfOld(path: string, rule: GarbageRule): Promise<number | null> {
  const found = await orAbsent(() => stat(path))
  return found !== null && rule.now - found.mtimeMs > rule.olderThanMs ? found.size : null
}

async function inParts<T, R>(items: readonly T[], each: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(each))))
  }
  return results
}

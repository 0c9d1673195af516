import { type FileHandle, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DiskSpace } from '../../contracts/alert.ts'
import { ArtifactReference } from '../../contracts/artifact-reference.ts'
import type { Durability } from '../../contracts/machine-config.ts'
import { failure } from '../failure.ts'
import type { Journal } from '../../contracts/ports/artifact-store.ts'
import {
  blobUri,
  checkedUri,
  fromBlob,
  isCompressed,
  missingBlob,
  piecesFromBlob,
  sha256Of,
  sha256OfFile,
  storedIn,
  takenPlace,
  toBlob,
} from './blobs.ts'
import { ByteStore } from './byte-store.ts'
import { onDisk } from './disk-failure.ts'
import { FsFiles } from './fs-files.ts'
import { FsJournal } from './fs-journal.ts'
import { checkedKey, checkedPrefix, isKey, isReadAsFile } from './keys.ts'

/** A reference has some 200 bytes. */
const NAME_BYTES_MAX = 4_096

/** An artifact store in a folder that processes, also of several machines, share. Layout: docs/operations/store.md. */
export class FsStore extends ByteStore {
  readonly #files: FsFiles

  constructor(root: string, durability: Durability) {
    super()
    this.#files = new FsFiles(root, durability)
  }

  get root(): string {
    return this.#files.root
  }

  async putIfAbsent(key: string, bytes: Uint8Array, count: number): Promise<ArtifactReference> {
    return this.#unlessNamed(key, async () => {
      const sha256 = sha256Of(bytes)
      const reference = { uri: blobUri(sha256, isReadAsFile(key)), sha256, count }
      const blob = await toBlob(reference.uri, bytes)
      return { reference, place: () => this.#files.replace(reference.uri, blob) }
    })
  }

  protected async putFile(key: string, path: string, count: number): Promise<ArtifactReference> {
    if (!isReadAsFile(key)) throw new Error(`${key} is compressed: only .parquet and .json are files`)
    return this.#unlessNamed(key, async () => {
      const sha256 = await sha256OfFile(path)
      const reference = { uri: blobUri(sha256, true), sha256, count }
      return { reference, place: () => this.#files.linkOver(reference.uri, path) }
    })
  }

  /** Gives the key's reference; unless it has one, places the blob that `make` brings and names it. */
  async #unlessNamed(
    key: string,
    make: () => Promise<{ reference: ArtifactReference; place: () => Promise<void> }>,
  ): Promise<ArtifactReference> {
    const name = nameOf(key)
    return this.#onDisk(key, async () => {
      const there = await this.#reference(name)
      if (there !== null) {
        await this.#files.sync(dirname(join(this.root, name)))
        return there
      }
      const { reference, place } = await make()
      // Placed even if it is there: that repairs a corrupted one, and makes it too young to be collected.
      await place()
      if (!(await this.#files.create(name, Buffer.from(JSON.stringify(reference))))) {
        return (await this.#reference(name))!
      }
      // A collector that looked for names before ours stood may just have taken the blob.
      if (!(await this.#files.exists(reference.uri))) await place()
      return reference
    })
  }

  async find(key: string): Promise<ArtifactReference | null> {
    const name = nameOf(key)
    return this.#onDisk(key, () => this.#reference(name))
  }

  async get(reference: ArtifactReference): Promise<Uint8Array> {
    const uri = checkedUri(reference)
    return this.#onDisk(uri, async () => {
      const file = await this.#opened(uri)
      try {
        return await fromBlob(reference, await storedIn(file))
      } finally {
        await file.close()
      }
    })
  }

  async *pieces(reference: ArtifactReference): AsyncGenerator<Uint8Array> {
    const uri = checkedUri(reference)
    const file = await this.#onDisk(uri, () => this.#opened(uri))
    try {
      const pieces = piecesFromBlob(reference, await storedIn(file))
      for (;;) {
        const { done, value } = await this.#onDisk(uri, () => pieces.next())
        if (done === true) return
        yield value
      }
    } finally {
      await file.close()
    }
  }

  async #opened(uri: string): Promise<FileHandle> {
    const there = await this.#files.open(uri)
    if (there !== null) return there
    // A collector takes it for a moment, to look at it; one that was killed meanwhile has left it there.
    await this.#files.nameAgain(takenPlace(uri), uri)
    const again = await this.#files.open(uri)
    if (again === null) throw missingBlob(uri)
    return again
  }

  async list(id: string): Promise<string[]> {
    const below = checkedPrefix(id)
    const files = await this.#onDisk(`the keys below "${id}"`, () => this.#files.list('runs', below))
    return files.filter(isKey)
  }

  /** Files among the names that are no key. */
  async strayFiles(): Promise<string[]> {
    const files = await this.#onDisk('the files in runs/', () => this.#files.list('runs', ''))
    return files.filter((file) => !isKey(file)).map((file) => join('runs', file))
  }

  async pathOf(reference: ArtifactReference): Promise<string> {
    if (isCompressed(reference.uri))
      throw new Error(`${reference.uri} is compressed: only .parquet and .json are files`)
    // To the end: only then is it known to be the one that was stored.
    for await (const _piece of this.pieces(reference));
    return join(this.root, reference.uri)
  }

  async openJournal(key: string): Promise<Journal> {
    const path = journalOf(key)
    return this.#onDisk(`journal ${key}`, () => FsJournal.open(this.#files, path, key))
  }

  async space(): Promise<DiskSpace> {
    const { bsize, blocks, bfree, bavail } = await this.#onDisk('the room left', () => statfs(this.root))
    // As df counts: what is kept for root is neither free nor there.
    return { folder: this.root, free: bavail * bsize, total: (blocks - bfree + bavail) * bsize }
  }

  protected withDisk<T>(what: string, action: (folder: string) => Promise<T>): Promise<T> {
    return this.#onDisk(what, async () => action(await this.#files.folder('tmp')))
  }

  async #reference(name: string): Promise<ArtifactReference | null> {
    const value = await this.#files.read(name, smallJson)
    if (value === null) return null
    const parsed = ArtifactReference.safeParse(value)
    if (parsed.success) return parsed.data
    const advice = 'Delete that file, then retry what makes it.'
    throw failure('Agent0.Invariant', `${join(this.root, name)} is not a valid artifact reference. ${advice}`)
  }

  #onDisk<T>(what: string, action: () => Promise<T>): Promise<T> {
    return onDisk(this.root, what, action)
  }
}

const nameOf = (key: string) => `runs/${checkedKey(key)}`

/** All in one folder: a folder per task would outlive its journal. */
const journalOf = (key: string) => `journals/${checkedKey(key).replaceAll('/', '~')}`

/** The key of a journal, from its file's name. */
export const keyOfJournal = (name: string) => name.replaceAll('~', '/')

/** What a name's file says; undefined where it is too long for one, or no JSON. */
async function smallJson(file: FileHandle): Promise<unknown> {
  const bytes = Buffer.alloc(NAME_BYTES_MAX + 1)
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
  if (bytesRead > NAME_BYTES_MAX) return undefined
  try {
    // `null` would say that there is no such file.
    return (JSON.parse(bytes.toString('utf8', 0, bytesRead)) as unknown) ?? undefined
  } catch {
    return undefined
  }
}

import { statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DiskSpace } from '../../contracts/alert.ts'
import { ArtifactReference } from '../../contracts/artifact-reference.ts'
import type { Durability } from '../../contracts/machine-config.ts'
import { failure } from '../failure.ts'
import type { Journal } from '../../contracts/ports/artifact-store.ts'
import { blobUri, checkedUri, fromBlob, isCompressed, missingBlob, sha256Of, toBlob } from './blobs.ts'
import { ByteStore } from './byte-store.ts'
import { onDisk } from './disk-failure.ts'
import { FsFiles } from './fs-files.ts'
import { FsJournal } from './fs-journal.ts'
import { checkedKey, checkedPrefix, isReadAsFile } from './keys.ts'

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
    const name = nameOf(key)
    return this.#onDisk(key, async () => {
      const there = await this.#reference(name)
      if (there !== null) {
        await this.#files.sync(dirname(join(this.root, name)))
        return there
      }
      const sha256 = sha256Of(bytes)
      const reference = { uri: blobUri(sha256, isReadAsFile(key)), sha256, count }
      const blob = await toBlob(reference.uri, bytes)
      // Written even if it is there: that repairs a corrupted one, and makes it too young to be collected.
      await this.#files.replace(reference.uri, blob)
      if (!(await this.#files.create(name, Buffer.from(JSON.stringify(reference))))) {
        return (await this.#reference(name))!
      }
      // A collector that looked for names before ours stood may just have taken the blob.
      if (!(await this.#files.exists(reference.uri))) await this.#files.replace(reference.uri, blob)
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
      const stored = await this.#files.read(uri)
      if (stored === null) throw missingBlob(uri)
      return fromBlob(reference, stored)
    })
  }

  async list(id: string): Promise<string[]> {
    const below = checkedPrefix(id)
    return this.#onDisk(`the keys below "${id}"`, () => this.#files.list('runs', below))
  }

  async pathOf(reference: ArtifactReference): Promise<string> {
    if (isCompressed(reference.uri))
      throw new Error(`${reference.uri} is compressed: only .parquet and .json are files`)
    await this.get(reference)
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
    const bytes = await this.#files.read(name)
    if (bytes === null) return null
    const parsed = ArtifactReference.safeParse(jsonOf(bytes))
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

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return undefined
  }
}

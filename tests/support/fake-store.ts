import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { DiskSpace } from '../../contracts/alert.ts'
import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import type { Journal } from '../../contracts/ports/index.ts'
import {
  blobUri,
  checkedUri,
  fromBlob,
  isCompressed,
  missingBlob,
  sha256Of,
  toBlob,
} from '../../services/artifact-store/blobs.ts'
import { ByteStore } from '../../services/artifact-store/byte-store.ts'
import { checkedKey, checkedPrefix, isReadAsFile } from '../../services/artifact-store/keys.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** An artifact store in memory. What it holds lies open, for tests to look at and to spoil. */
export class FakeStore extends ByteStore {
  readonly references = new Map<string, ArtifactReference>()
  /** By uri, as an adapter would keep them. */
  readonly blobs = new Map<string, Uint8Array>()
  readonly journals = new Map<string, Map<string, unknown>>()
  disk: DiskSpace | null = null
  #folder: string | undefined

  async putIfAbsent(key: string, bytes: Uint8Array, count: number): Promise<ArtifactReference> {
    const sha256 = sha256Of(bytes)
    const reference = { uri: blobUri(sha256, isReadAsFile(checkedKey(key))), sha256, count }
    const blob = Uint8Array.from(await toBlob(reference.uri, bytes))
    const there = this.references.get(key)
    if (there !== undefined) return there
    this.blobs.set(reference.uri, blob)
    this.references.set(key, reference)
    return reference
  }

  protected async putFile(key: string, path: string, count: number): Promise<ArtifactReference> {
    return this.putIfAbsent(key, await readFile(path), count)
  }

  async find(key: string): Promise<ArtifactReference | null> {
    return this.references.get(checkedKey(key)) ?? null
  }

  async get(reference: ArtifactReference): Promise<Uint8Array> {
    const bytes = this.blobs.get(checkedUri(reference))
    if (bytes === undefined) throw missingBlob(reference.uri)
    return fromBlob(reference, { size: bytes.length, whole: async () => bytes, inPieces: () => Readable.from([bytes]) })
  }

  async *pieces(reference: ArtifactReference): AsyncGenerator<Uint8Array> {
    yield await this.get(reference)
  }

  async list(id: string): Promise<string[]> {
    const prefix = checkedPrefix(id) === '' ? '' : `${id}/`
    return [...this.references.keys()].filter((key) => key.startsWith(prefix)).sort()
  }

  async pathOf(reference: ArtifactReference): Promise<string> {
    if (isCompressed(reference.uri))
      throw new Error(`${reference.uri} is compressed: only .parquet and .json are files`)
    const path = join(this.#scratch(), reference.sha256)
    await writeFile(path, await this.get(reference))
    return path
  }

  async openJournal(key: string): Promise<Journal> {
    const slots = this.journals.get(checkedKey(key)) ?? new Map<string, unknown>()
    this.journals.set(key, slots)
    let closed = false
    return {
      entries: () => slots,
      putIfAbsent: async (slot, value) => {
        if (closed) throw new Error(`journal ${key}: closed`)
        if (value === undefined) throw new Error(`journal ${key}: no value for ${slot}`)
        if (!slots.has(slot)) slots.set(slot, JSON.parse(JSON.stringify(value)))
        return slots.get(slot)
      },
      close: async () => {
        closed = true
      },
    }
  }

  async space(): Promise<DiskSpace | null> {
    return this.disk
  }

  protected withDisk<T>(_what: string, action: (folder: string) => Promise<T>): Promise<T> {
    return action(this.#scratch())
  }

  #scratch(): string {
    this.#folder ??= temporaryFolder()
    return this.#folder
  }
}

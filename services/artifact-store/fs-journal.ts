import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Journal } from '../../contracts/ports/artifact-store.ts'
import { onDisk } from './disk-failure.ts'
import type { FsFiles } from './fs-files.ts'
import { failure } from '../failure.ts'
import { journalLine, NotAnEntry, readJournal } from './journal-lines.ts'

/** The journal of a task has megabytes at most. */
const BYTES_MAX = 1 << 30

interface Waiting {
  slot: string
  line: string
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/**
 * A journal in a file that every attempt appends to. The file decides: the first whole line of a slot, in its order,
 * stands, so after each write we read what came before it. Writes that come while one is under way go to the disk
 * together, in one write and one sync.
 */
export class FsJournal implements Journal {
  readonly #files: FsFiles
  readonly #file: FileHandle
  readonly #key: string
  readonly #path: string
  readonly #known = new Map<string, unknown>()
  #readTo = 0
  #linesRead = 0
  #synced = 0
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  #broken: unknown

  private constructor(files: FsFiles, file: FileHandle, path: string, key: string) {
    this.#files = files
    this.#file = file
    this.#path = path
    this.#key = key
  }

  static async open(files: FsFiles, relative: string, key: string): Promise<FsJournal> {
    const path = await files.place(relative)
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW
    const file = await open(path, flags)
    try {
      await files.sync(dirname(path))
      const journal = new FsJournal(files, file, path, key)
      await journal.#read()
      await journal.#sync()
      return journal
    } catch (error) {
      await file.close()
      throw error
    }
  }

  entries(): ReadonlyMap<string, unknown> {
    return this.#known
  }

  async putIfAbsent(slot: string, value: unknown): Promise<unknown> {
    const line = journalLine(slot, value)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ slot, line, resolve, reject })
      this.#writing ??= this.#writeAll()
    })
  }

  async close(): Promise<void> {
    await this.#writing
    this.#broken ??= new Error(`journal ${this.#key}: closed`)
    await this.#file.close()
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0)
      try {
        await onDisk(this.#files.root, `journal ${this.#key}`, () => this.#write(together))
        for (const { slot, resolve } of together) resolve(this.#known.get(slot))
      } catch (error) {
        for (const { reject } of together) reject(error)
      }
    }
    this.#writing = undefined
  }

  async #write(together: readonly Waiting[]): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken
    const lines = new Map<string, string>()
    for (const { slot, line } of together) if (!this.#known.has(slot) && !lines.has(slot)) lines.set(slot, line)
    if (lines.size > 0) {
      await this.#append(Buffer.from([...lines.values()].join('')))
      await this.#read()
    }
    await this.#sync()
  }

  /** One write, all of it: the rest of a short one could stand behind another attempt's line, so it begins anew. */
  async #append(bytes: Uint8Array): Promise<void> {
    let written = 0
    while (written < bytes.length) written = (await this.#file.write(bytes)).bytesWritten
  }

  async #read(): Promise<void> {
    const { size } = await this.#file.stat()
    if (size > BYTES_MAX) throw this.#spoilt(`has ${size} bytes, ${BYTES_MAX} at most`)
    const bytes = new Uint8Array(size - this.#readTo)
    let filled = 0
    while (filled < bytes.length) {
      const { bytesRead } = await this.#file.read(bytes, filled, bytes.length - filled, this.#readTo + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    const { entries, length, lines } = this.#entriesIn(bytes.subarray(0, filled))
    for (const [slot, value] of entries) if (!this.#known.has(slot)) this.#known.set(slot, value)
    this.#readTo += length
    this.#linesRead += lines
  }

  #entriesIn(bytes: Uint8Array): ReturnType<typeof readJournal> {
    try {
      return readJournal(bytes)
    } catch (error) {
      if (!(error instanceof NotAnEntry)) throw error
      throw this.#spoilt(
        `line ${this.#linesRead + error.line} has a right checksum, but is not a pair of slot and value`,
      )
    }
  }

  #spoilt(what: string) {
    const advice = 'Move that file away, then retry the stage: what it held is made again.'
    return failure('Agent0.Invariant', `${this.#path}: ${what}. ${advice}`)
  }

  async #sync(): Promise<void> {
    if (!this.#files.survivesPowerLoss || this.#synced === this.#readTo) return
    const upTo = this.#readTo
    try {
      await this.#file.datasync()
      this.#synced = upTo
    } catch (error) {
      // After a failed sync the kernel may forget the bytes and call the next one a success: trust this file no more.
      this.#broken = error
      throw error
    }
  }
}

import { randomUUID } from 'node:crypto'
import { constants, mkdirSync, realpathSync } from 'node:fs'
import { type FileHandle, link, lstat, mkdir, open, readdir, realpath, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import type { Durability } from '../../contracts/machine-config.ts'
import { linkFailure } from './disk-failure.ts'

const KNOWN_MAX = 10_000

/** Files below one folder that appear whole or not at all, survive what `durability` says, and are reached by no link. */
export class FsFiles {
  readonly root: string
  readonly #durability: Durability
  /** Folders that are there, and whose names, up to the root, are on the disk. */
  readonly #known = new Set<string>()

  constructor(root: string, durability: Durability) {
    mkdirSync(root, { recursive: true })
    this.root = realpathSync(root)
    this.#durability = durability
  }

  get survivesPowerLoss(): boolean {
    return this.#durability === 'power-loss'
  }

  /** The absolute path, its folder made if absent. */
  async place(file: string): Promise<string> {
    return join(await this.folder(dirname(file)), basename(file))
  }

  /** The absolute path of a folder, made if absent. */
  async folder(path: string): Promise<string> {
    const folder = join(this.root, path)
    if (folder === this.root || (this.#known.has(folder) && (await isFolder(folder)))) return folder
    const parent = await this.folder(dirname(path))
    await unlessThere(mkdir(folder))
    await isFolder(folder)
    await this.sync(parent)
    if (this.#known.size >= KNOWN_MAX) this.#known.clear()
    this.#known.add(folder)
    return folder
  }

  /** The files below a folder, relative to it, in order of their text; none if it is not there. */
  async list(folderPath: string, below: string): Promise<string[]> {
    const [root, folder] = [join(this.root, folderPath), join(this.root, folderPath, below)]
    if (!(await isFolder(folder))) return []
    const found = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = found.filter((entry) => entry.isFile())
    return files.map((entry) => relative(root, join(entry.parentPath, entry.name))).sort()
  }

  /** A file, open for reading; null if it is not there. */
  open(path: string): Promise<FileHandle | null> {
    return orAbsent(async () => {
      await isFolder(dirname(join(this.root, path)))
      // Whoever opens a pipe would otherwise wait for a writer.
      return open(join(this.root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    })
  }

  /** What `use` makes of a file that is open for reading; null if it is not there. */
  async read<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T | null> {
    const file = await this.open(path)
    if (file === null) return null
    try {
      return await use(file)
    } finally {
      await file.close()
    }
  }

  async exists(path: string): Promise<boolean> {
    return (await orAbsent(() => lstat(join(this.root, path)))) !== null
  }

  /** Puts a file there, over what was. */
  async replace(file: string, bytes: Uint8Array): Promise<void> {
    const path = await this.place(file)
    await this.#withTemporary(bytes, (temporary) => rename(temporary, path))
    await this.sync(dirname(path))
  }

  /** Gives a finished file outside of the other folders a second name there, over what was. */
  async linkOver(file: string, finished: string): Promise<void> {
    const [path, temporary] = [await this.place(file), await this.place(`tmp/${randomUUID()}`)]
    await this.sync(finished)
    try {
      await link(finished, temporary)
      await rename(temporary, path)
    } finally {
      // Renamed, it is not there any more.
      await orAbsent(() => unlink(temporary))
    }
    await this.sync(dirname(path))
  }

  /** Puts a file there unless one is; false if one was, which is then as durable. */
  async create(file: string, bytes: Uint8Array): Promise<boolean> {
    const path = await this.place(file)
    const made = await this.#withTemporary(bytes, (temporary) => unlessThere(link(temporary, path)))
    await this.sync(dirname(path))
    return made
  }

  /** Puts a file that stands under another name, if it does, to its own one as well, unless something is there. */
  async nameAgain(other: string, file: string): Promise<void> {
    if (!(await this.exists(other))) return
    const path = await this.place(file)
    await orAbsent(() => unlessThere(link(join(this.root, other), path)))
    await this.sync(dirname(path))
  }

  /** Until this returns, a file's bytes or a folder's names may be lost with the power. */
  async sync(path: string): Promise<void> {
    if (!this.survivesPowerLoss) return
    const handle = await open(path, constants.O_RDONLY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  async #withTemporary<T>(bytes: Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
    const path = await this.place(`tmp/${randomUUID()}`)
    try {
      const handle = await open(path, 'wx')
      try {
        await handle.writeFile(bytes)
        if (this.survivesPowerLoss) await handle.datasync()
      } finally {
        await handle.close()
      }
      return await use(path)
    } finally {
      // Renamed, it is not there any more.
      await orAbsent(() => unlink(path))
    }
  }
}

/** Whether it is there; a refusal where a link leads to it. */
async function isFolder(path: string): Promise<boolean> {
  const real = await orAbsent(() => realpath(path))
  if (real !== null && real !== path) throw linkFailure(path)
  return real !== null
}

/** False where something stood in the way already. */
export async function unlessThere(made: Promise<unknown>): Promise<boolean> {
  try {
    await made
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** What the action gives, or null where the file that it needs is not there. */
export async function orAbsent<T>(action: () => Promise<T>): Promise<T | null> {
  try {
    return await action()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

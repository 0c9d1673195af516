import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// A disk that can be filled without harm to the machine. Only root may mount one.

function told(file: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(file, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${stderr}`)
}

/** A disk of so many MiB, in memory, at a folder that is made for it. */
export function mountDisk(folder: string, mebibytes: number): void {
  mkdirSync(folder, { recursive: true })
  told('mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'agent0-chaos', folder)
}

/** Takes it away again; nothing where none is. */
export function unmountDisk(folder: string): void {
  if (readFileSync('/proc/self/mounts', 'utf8').includes(` ${folder} `)) told('umount', folder)
}

/** Fills the disk of a folder to the last byte; gives what makes room again. */
export function fillDisk(folder: string): () => void {
  const [ballast, { bavail, bsize }] = [join(folder, 'ballast'), statfsSync(folder)]
  if (bavail * bsize > 1 << 30) throw new Error(`${folder} lies on a disk that is no small one`)
  // What is left behind the last whole MiB is filled block by block.
  for (const chunk of [1 << 20, bsize]) {
    try {
      for (;;) writeFileSync(ballast, Buffer.alloc(chunk), { flag: 'a' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
  return () => rmSync(ballast)
}

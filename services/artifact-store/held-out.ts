import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { HeldOutTask } from '../../contracts/held-out.ts'
import { ROOT } from '../../host/paths.mjs'
import { failure } from '../failure.ts'

/** The tasks of a held-out file, whose path is absolute or relative to the checkout; none for `none`. */
export async function readHeldOut(file: string): Promise<HeldOutTask[]> {
  if (file === 'none') return []
  const path = resolve(ROOT, file)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw failure('Agent0.Missing', `the held-out file ${path} cannot be read (${error.code})`)
  })
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line, index) => {
    try {
      return HeldOutTask.parse(JSON.parse(line))
    } catch {
      throw failure('Agent0.BadConfig', `${path}, line ${index + 1}: an object with "question" and "answer" is needed`)
    }
  })
}

import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { z } from 'zod'
import { HeldOutCorrection, HeldOutTask, referenceProblem } from '../../contracts/held-out.ts'
import { ROOT } from '../../host/paths.mjs'
import { failure } from '../failure.ts'

/** Held-out sets have thousands of tasks, a megabyte. */
const BYTES_MAX = 256 << 20

/** The config of a run names it, and may be anybody's: it is a file, not a device that never ends or a pipe that nobody writes. */
async function textOf(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const found = await file.stat()
    if (!found.isFile()) throw new Error('not a file')
    if (found.size > BYTES_MAX) throw new Error(`${found.size} bytes, ${BYTES_MAX} at most`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

interface Line<T> {
  value: T
  /** Path and number of the line, for people. */
  where: string
}

function refuse(where: string, problem: string): never {
  throw failure('Agent0.BadConfig', `${where}: ${problem}`)
}

/** The lines of a file that are not blank, each with its own number. */
async function readLines<S extends z.ZodType>(
  file: string,
  schema: S,
  what: { name: string; needed: string },
): Promise<Line<z.output<S>>[]> {
  const path = resolve(ROOT, file)
  const text = await textOf(path).catch((error: NodeJS.ErrnoException) => {
    throw failure('Agent0.Missing', `the ${what.name} ${path} cannot be read (${error.code ?? error.message})`)
  })
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const where = `${path}, line ${index + 1}`
    try {
      return [{ value: schema.parse(JSON.parse(line)), where }]
    } catch {
      return refuse(where, `${what.needed} is needed`)
    }
  })
}

const idOf = ({ id }: { id?: string | number | undefined }) => (id === undefined ? undefined : String(id))

/** The tasks with what is known to be wrong put right, or left out. Throws Agent0.BadConfig for a correction of no task, or a second one. */
function corrected(tasks: Line<HeldOutTask>[], corrections: Line<HeldOutCorrection>[]): Line<HeldOutTask>[] {
  const ids = new Set(tasks.map(({ value }) => idOf(value)))
  const byId = new Map<string, HeldOutCorrection>()
  for (const { value, where } of corrections) {
    const id = String(value.id)
    if (!ids.has(id)) refuse(where, `no task has the id ${id}`)
    if (byId.has(id)) refuse(where, `${id} is corrected twice`)
    byId.set(id, value)
  }
  return tasks.flatMap(({ value, where }) => {
    const correction = byId.get(idOf(value) ?? '')
    if (correction === undefined) return [{ value, where }]
    return 'leaveOut' in correction ? [] : [{ value: { ...value, answer: correction.answer }, where }]
  })
}

/**
 * The tasks of a held-out file, whose path is absolute or relative to the checkout; none for `none`. Throws Agent0.BadConfig, with the
 * line, for a reference that cannot be read: no answer could be right.
 * @param corrections JSON lines with `id`, and `answer` or `leaveOut: true`; `none` for none
 */
export async function readHeldOut(file: string, corrections = 'none'): Promise<HeldOutTask[]> {
  if (file === 'none') return []
  const about = { name: 'held-out file', needed: 'an object with "question" and "answer"' }
  const tasks = await readLines(file, HeldOutTask, about)
  const wrong = { name: 'file of corrections', needed: 'an object with "id", and "answer" or "leaveOut": true,' }
  const mended =
    corrections === 'none' ? tasks : corrected(tasks, await readLines(corrections, HeldOutCorrection, wrong))
  for (const { value, where } of mended) {
    const problem = referenceProblem(value.answer)
    if (problem !== null)
      refuse(where, `the answer ${problem}; mend the line, or correct it by its id (evaluation.heldOut.corrections)`)
  }
  return mended.map(({ value }) => value)
}

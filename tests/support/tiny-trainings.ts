import { execa } from 'execa'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StoredFile } from '../../contracts/ports/trainer.ts'
import { madePython } from './made-environments.ts'

export type TrainingFiles = Record<'batch' | 'other' | 'malformed' | 'config' | 'diverging', StoredFile>

/** A base model and a store with what steps are made from. */
export interface TinyTrainings {
  base: string
  storeFolder: string
  files: TrainingFiles
  remove: () => void
}

/** Makes them with the Python of set-up, in a folder of their own. */
export async function tinyTrainings(): Promise<TinyTrainings> {
  const folder = mkdtempSync(join(tmpdir(), 'agent0-trainings-'))
  const script = join(__dirname, 'tiny_trainings.py')
  const { stdout } = await execa(madePython()!, ['-W', 'ignore', script, folder], { env: { OMP_NUM_THREADS: '1' } })
  const files = JSON.parse(stdout) as TrainingFiles
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { base: join(folder, 'base'), storeFolder: join(folder, 'store'), files, remove }
}

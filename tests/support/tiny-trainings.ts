import { execa } from 'execa'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StoredFile } from '../../contracts/ports/trainer.ts'
import { cachedFixture } from './cached-fixture.ts'
import { installedPython } from './installed.ts'

export type TrainingFiles = Record<'batch' | 'other' | 'malformed' | 'config' | 'diverging', StoredFile>

/** A base model and a store with what steps are made from. */
export interface TinyTrainings {
  base: string
  storeFolder: string
  files: TrainingFiles
  remove: () => void
}

const SOURCES = [
  'tests/support/tiny_trainings.py',
  'ml/tests/trainer/trainer_support.py',
  'ml/agent0_ml/trainer/batch.py',
  'ml/requirements.txt',
]

/** A base model made once with the Python of set-up, and a store of its own with the batches and configs. */
export async function tinyTrainings(): Promise<TinyTrainings> {
  const made = await cachedFixture('tiny-trainings', SOURCES, async (folder) => {
    const script = join(__dirname, 'tiny_trainings.py')
    const { stdout } = await execa(installedPython()!, ['-W', 'ignore', script, folder], {
      env: { OMP_NUM_THREADS: '1' },
    })
    writeFileSync(join(folder, 'files.json'), stdout)
  })
  const files = JSON.parse(readFileSync(join(made, 'files.json'), 'utf8')) as TrainingFiles
  const folder = mkdtempSync(join(tmpdir(), 'agent0-trainings-'))
  const storeFolder = join(folder, 'store')
  cpSync(join(made, 'store'), storeFolder, { recursive: true })
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { base: join(made, 'base'), storeFolder, files, remove }
}

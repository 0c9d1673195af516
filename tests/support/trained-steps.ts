import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TrainingRow } from '../../contracts/training-row.ts'
import type { StepRecord } from '../../contracts/ports/index.ts'
import { writeParquet } from '../../services/artifact-store/parquet.ts'
import { openTrainer } from '../../services/trainer/open.ts'
import { installedPython } from './installed.ts'
import { seededRandom } from './seeded-random.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { TinyModels } from './tiny-models.ts'

function rowsOf(tokens: number, seed: number): TrainingRow[] {
  const random = seededRandom(seed)
  return Array.from({ length: 8 }, (_, sample) => {
    const tokenIds = Array.from({ length: 24 }, () => random.integer(tokens))
    const mask = tokenIds.map((_token, at): 0 | 1 => (at < 6 ? 0 : 1))
    const serverLogprobs = mask.map((one) => (one === 1 ? -4 : 0))
    const advantage = sample % 2 === 0 ? 1 : -1
    const given = { policy: 'tiny-executor-v0-00000000', temperature: 1, clipLow: 0.2, clipHigh: 0.2, pHat: null }
    return { group: 'task', sample, tokenIds, mask, serverLogprobs, advantage, ...given }
  })
}

export interface Training {
  learningRate: number
  steps: number
  /** Of the rows. */
  seed?: number
}

/** Steps of one lineage from a tiny base, by the real trainer. */
export async function trainedSteps(
  models: TinyModels,
  { learningRate, steps, seed = 3 }: Training,
): Promise<StepRecord[]> {
  const storeFolder = join(temporaryFolder(), 'store')
  mkdirSync(storeFolder)
  const put = (path: string, bytes: Uint8Array) => {
    writeFileSync(join(storeFolder, path), bytes)
    return { path, sha256: createHash('sha256').update(bytes).digest('hex') }
  }
  const settings = { weights: { kind: 'lora', learningRate, rank: 16 }, updatesPerBatch: 4 }
  const config = put('config.json', Buffer.from(JSON.stringify(settings)))
  const trainer = await openTrainer({ kind: 'process', storeFolder, base: models.base, python: installedPython()! })
  const records: StepRecord[] = []
  for (let step = 1; step <= steps; step++) {
    const rows = readFileSync(await writeParquet('training', rowsOf(90, seed + step), storeFolder))
    const batch = put(`batch-${step}.parquet`, rows)
    const parent = records.at(-1)?.checkpointDigest ?? null
    const request = { lineage: 'tiny-executor', step, parent, batch, config, attempt: 0 }
    records.push(await trainer.step(request, () => undefined))
  }
  await trainer.close()
  return records
}

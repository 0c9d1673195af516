import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TrainingRow } from '../../../contracts/training-row.ts'
import { openModelServer } from '../../../services/model-server/open.ts'
import { openTrainer } from '../../../services/trainer/open.ts'
import type { StepRecord } from '../../../contracts/ports/index.ts'
import { writeParquet } from '../../../services/artifact-store/parquet.ts'
import { installedPython } from '../installed.ts'
import { aServablePolicy } from '../policies.ts'
import type { RealSubject } from '../real-model-servers.ts'
import { seededRandom } from '../seeded-random.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import type { TinyModels } from '../tiny-models.ts'

/** None of the contract's own. */
const VERSION = 9

function rowsOf(tokens: number): TrainingRow[] {
  const random = seededRandom(3)
  return Array.from({ length: 8 }, (_, sample) => {
    const tokenIds = Array.from({ length: 24 }, () => random.integer(tokens))
    const mask = tokenIds.map((_token, at): 0 | 1 => (at < 6 ? 0 : 1))
    const serverLogprobs = mask.map((one) => (one === 1 ? -4 : 0))
    const advantage = sample % 2 === 0 ? 1 : -1
    const given = { policy: 'tiny-executor-v0-00000000', temperature: 1, clipLow: 0.2, clipHigh: 0.2, pHat: null }
    return { group: 'task', sample, tokenIds, mask, serverLogprobs, advantage, ...given }
  })
}

async function trained(models: TinyModels): Promise<StepRecord> {
  const storeFolder = join(temporaryFolder(), 'store')
  mkdirSync(storeFolder)
  const put = (path: string, bytes: Uint8Array) => {
    writeFileSync(join(storeFolder, path), bytes)
    return { path, sha256: createHash('sha256').update(bytes).digest('hex') }
  }
  const batch = put('batch.parquet', await writeParquet('training', rowsOf(90), storeFolder))
  // So hot that every logprob moves well beyond the tolerance.
  const settings = { weights: { kind: 'lora', learningRate: 0.05, rank: 16 }, updatesPerBatch: 4 }
  const config = put('config.json', Buffer.from(JSON.stringify(settings)))
  const trainer = await openTrainer({ kind: 'process', storeFolder, base: models.base, python: installedPython()! })
  const record = await trainer.step(
    { lineage: 'tiny-executor', step: 1, parent: null, batch, config, attempt: 0 },
    () => undefined,
  )
  await trainer.close()
  return record
}

/** A checkpoint of the trainer, unchanged, in the model server that keeps the contract. */
export function publishedLaw(subject: RealSubject): void {
  test('a checkpoint of the trainer agrees with its canary, and the base model does not', async () => {
    const record = await trained(subject.models)
    const server = openModelServer({ urls: [subject.url] })
    try {
      const check = { canary: record.canary, bound: 1e-3, isAccepted: false }
      const [loaded] = await server.ensurePolicy(aServablePolicy(VERSION, record.checkpointDir), check)
      expect(loaded!.loadedNow).toBe(true)
      expect(loaded!.canaryDifference).toBeLessThanOrEqual(check.bound)
      const base = server.ensurePolicy(aServablePolicy(0, null), check)
      await expect(base).rejects.toMatchObject({ type: 'Agent0.OtherWeights' })
    } finally {
      await server.close()
    }
  }, 600_000)
}

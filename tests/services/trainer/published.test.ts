import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TrainingRow } from '../../../contracts/training-row.ts'
import { openModelServer } from '../../../services/model-server/open.ts'
import { openTrainer } from '../../../services/trainer/open.ts'
import type { StepRecord } from '../../../contracts/ports/index.ts'
import { writeParquet } from '../../../services/artifact-store/parquet.ts'
import { madePython } from '../../support/made-environments.ts'
import { aPolicy } from '../../support/policies.ts'
import {
  hasEmbedded,
  hasVllm,
  notRun,
  startEmbedded,
  startVllm,
  type RealServer,
} from '../../support/real-model-servers.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { tinyModels, type TinyModels } from '../../support/tiny-models.ts'

// A model of 100,000 random weights, one real step on it, then real servers.
jest.setTimeout(600_000)

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
  const trainer = await openTrainer({ kind: 'process', storeFolder, base: models.base, python: madePython()! })
  const record = await trainer.step(
    { lineage: 'tiny-executor', step: 1, parent: null, batch, config, attempt: 0 },
    () => undefined,
  )
  await trainer.close()
  return record
}

describe('a checkpoint of the trainer, unchanged, in a model server', () => {
  let models: TinyModels
  let record: StepRecord
  beforeAll(async () => {
    models = await tinyModels()
    record = await trained(models)
  })
  afterAll(() => models.remove())

  /** What the canary says of the checkpoint on a real server, and of the base model, which has other weights. */
  const published = async (start: (base: string) => Promise<RealServer>) => {
    const real = await start(models.base)
    const server = openModelServer({ urls: [real.url] })
    try {
      const [loaded] = await server.ensurePolicy(aPolicy(1, record.folder), record.canary)
      const base: unknown = await server.ensurePolicy(aPolicy(0, null), record.canary).catch((error: unknown) => error)
      return { loaded: loaded!, base }
    } finally {
      await server.close()
      await real.kill()
    }
  }

  const servers = [
    { name: 'the embedded server', isHere: hasEmbedded(), start: startEmbedded },
    { name: 'vLLM', isHere: hasVllm(), start: startVllm },
  ]
  for (const { name, isHere, start } of servers)
    if (isHere)
      test(`${name} agrees with its canary, and the base does not`, async () => {
        const { loaded, base } = await published(start)
        expect(loaded.loadedNow).toBe(true)
        expect(loaded.canaryDifference).toBeLessThanOrEqual(record.canary.tolerance)
        expect(base).toMatchObject({ type: 'Agent0.Invariant' })
      })
    else notRun(`a checkpoint in ${name} (npm run setup, npm run setup:vllm)`)
})

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LineageFiles } from '../../../services/trainer/lineage-files.ts'
import { readRecord } from '../../../services/trainer/read-record.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const [parent, batch, config, made] = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(64)) as [
  string,
  string,
  string,
  string,
]
const request = {
  lineage: 'tiny-executor',
  step: 1,
  parent,
  batch: { path: 'batch.parquet', sha256: batch },
  config: { path: 'config.json', sha256: config },
  attempt: 1,
}
const same = {
  lineage: 'tiny-executor',
  step: 1,
  madeFrom: { parent, batch, config },
  weights: 'lora',
  metrics: { loss: 0.5 },
  tallies: { loss: { sum: 1, count: 2 } },
  canary: { promptTokenIds: [1], tokenIds: [2], logprobs: [-0.5], tolerance: 1e-3 },
}
const former = { ...same, checkpoint: made, uri: `checkpoints/${made}` }

test('a step record with the former names of checkpoint digest and folder is read as one with the present names', () => {
  const present = { ...same, checkpointDigest: made, checkpointDir: `checkpoints/${made}` }
  expect(readRecord(former, request, '/store')).toEqual(readRecord(present, request, '/store'))
  expect(readRecord(former, request, '/store')).toMatchObject({ checkpointDir: `/store/checkpoints/${made}` })
})

test('a lineage whose last record has the former names goes on from it', async () => {
  const folder = temporaryFolder()
  const steps = join(folder, 'lineages', 'tiny-executor', 'steps')
  mkdirSync(steps, { recursive: true })
  writeFileSync(join(steps, '000001.json'), JSON.stringify(former))
  const lineages = new LineageFiles(folder, async () => parent)
  expect(await lineages.head('tiny-executor')).toEqual({ step: 1, checkpointDigest: made })
})

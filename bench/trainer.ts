import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TrainingRow } from '../contracts/training-row.ts'
import { openTrainer } from '../services/trainer/open.ts'
import { ROOT } from '../host/paths.mjs'
import { writeParquet } from '../services/artifact-store/parquet.ts'
import { startProcess } from '../services/trainer/start-process.ts'
import { median, type BenchOptions, type Figure } from './figures.ts'
import { benchTrainerShapes } from './trainer-shapes.ts'
import { makeRows, runWay, type Run } from './trainer-ways.ts'

const ROUNDS = 3
const WARM_UP = 2
const STEPS = 5
/** A batch of the tiny world's size: rows of about 60 tokens, half of them sampled. */
const BATCH = { groups: 16, samples: 8, length: [40, 82], prompt: [20, 30], vocabulary: 150 } as const
/** What the three ways and the service train alike. Random tokens are unlikely, so no row may be dropped for that. */
const CONFIG = {
  weights: { kind: 'lora', learningRate: 1e-3, rank: 16, alpha: 32 },
  oldLogprobs: { kind: 'server', ratioMin: 1e-12, ratioMax: 1e12 },
  updatesPerBatch: 2,
  microBatchTokens: 1024,
  gradientCheckpointing: false,
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

/** Milliseconds of a step through the service and our client that are not the compute of its updates, by step. */
async function serviceOverheads(python: string, base: string, rows: TrainingRow[]): Promise<number[]> {
  const storeFolder = mkdtempSync(join(tmpdir(), 'agent0-bench-'))
  const port = await freePort()
  const words = ['-m', 'agent0_ml.trainer', 'serve', '--base', base, '--store', storeFolder, '--port', String(port)]
  const env = { PATH: '/usr/bin:/bin', PYTHONPATH: join(ROOT, 'ml'), OMP_NUM_THREADS: '1' }
  const service = startProcess(python, words, env)
  service.stderr.resume()
  const url = `http://127.0.0.1:${port}`
  const trainer = await openTrainer({ kind: 'service', url, storeFolder })
  const store = (path: string, bytes: Uint8Array) => {
    writeFileSync(join(storeFolder, path), bytes)
    return { path, sha256: createHash('sha256').update(bytes).digest('hex') }
  }
  try {
    while (
      !(await fetch(`${url}/healthz`).then(
        (answer) => answer.ok,
        () => false,
      ))
    )
      await sleep(100)
    const batch = store('batch.parquet', readFileSync(await writeParquet('training', rows, storeFolder)))
    const config = store('config.json', Buffer.from(JSON.stringify(CONFIG)))
    const overheads: number[] = []
    let parent: string | null = null
    for (let step = 1; step <= WARM_UP + ROUNDS * STEPS; step++) {
      const startedAt = performance.now()
      const request = { lineage: 'bench', step, parent, batch, config, attempt: 0 }
      const { checkpointDigest } = await trainer.step(request, () => undefined)
      const wallMs = performance.now() - startedAt
      parent = checkpointDigest
      const file = join(storeFolder, 'lineages', 'bench', 'steps', `${String(step).padStart(6, '0')}.metrics.jsonl`)
      const updates = readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, number>)
      const computeMs = updates.reduce((sum, each) => sum + (1_000 * each['tokens']!) / each['tokens_per_second']!, 0)
      if (step > WARM_UP) overheads.push(wallMs - computeMs)
    }
    return overheads
  } finally {
    await trainer.close()
    await service.end()
    rmSync(storeFolder, { recursive: true, force: true })
  }
}

/** @param options `base`: a model folder, the tiny world's unless given; `trl`: a folder with TRL and what it needs in it */
export async function benchTrainer({ reference, base, trl }: BenchOptions): Promise<Figure[]> {
  const folder = resolve(base ?? join(ROOT, 'models', 'tiny-world'))
  const rows = makeRows(BATCH)
  const tokens = rows.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0)
  const sampled = rows.reduce((sum, { mask }) => sum + mask.filter((one) => one === 1).length, 0)
  const ways = ['ours', 'plain', ...(trl === undefined ? [] : ['trl'])]
  if (trl === undefined) console.error('TRL is not measured: name a folder with it, --trl FOLDER (bench/README.md)')
  const runs = new Map(ways.map((way): [string, Run[]] => [way, []]))
  const work = { base: folder, rows, config: CONFIG, warmUp: WARM_UP, steps: STEPS, rowsAtOnce: 16, more: trl ?? '' }
  for (let round = 0; round < ROUNDS; round++)
    for (const way of ways) runs.get(way)!.push(await runWay(way, reference, work))
  const secondsOf = (run: Run) => median(run.seconds)
  const figures: Figure[] = [
    { name: 'tokens of the batch', value: tokens, unit: 'tokens' },
    { name: 'of them sampled', value: sampled, unit: 'tokens' },
  ]
  for (const [way, each] of runs) {
    const seconds = median(each.map(secondsOf))
    figures.push(
      { name: `${way} (${each[0]!.device}): a step of two updates`, value: seconds, unit: 's' },
      { name: `${way}: tokens`, value: tokens / seconds, unit: 'tokens/s' },
      { name: `${way}: sampled tokens`, value: sampled / seconds, unit: 'tokens/s' },
      { name: `${way}: peak memory`, value: median(each.map(({ peakBytes }) => peakBytes)) / 2 ** 20, unit: 'MiB' },
    )
    if (way === 'ours') continue
    const ratios = each.map((run, round) => secondsOf(run) / secondsOf(runs.get('ours')![round]!))
    figures.push({
      name: `${way}: time of a step, ours = 1, median of ${ROUNDS} pairs`,
      value: median(ratios),
      unit: '',
    })
  }
  const overheads = await serviceOverheads(reference, folder, rows)
  figures.push(
    { name: 'service: a step beyond its compute, median', value: median(overheads), unit: 'ms' },
    { name: 'service: the same, largest', value: Math.max(...overheads), unit: 'ms' },
  )
  return [...figures, ...(await benchTrainerShapes(reference, ways, trl ?? ''))]
}

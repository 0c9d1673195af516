import { execFile, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ROOT } from '../infra/setup/paths.mjs'
import { modelServerService } from '../infra/supervisor/model-server-service.ts'
import { type BenchOptions, median, type Figure } from './figures.ts'
import { measure } from './serving.ts'
import { SAMPLES, serverJob, type ServingJob, TASKS_AT_ONCE, tokensOf } from './serving-plan.ts'

const MODEL = join(ROOT, 'models', 'tiny-world')
const CONTEXT = 336
const REPEATS = 3
const READY_WITHIN_MS = 120_000

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The server as `up` starts it. */
async function startServer(python: string) {
  const port = await freePort()
  const engine = { kind: 'embedded', python } as const
  const service = modelServerService({ base: MODEL, port, contextTokensMax: CONTEXT, loraRankMax: 16, engine })
  const started = performance.now()
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', service.command!.file, ...service.command!.args], {
    stdio: 'inherit',
  })
  while (
    !(await service.checkHealth().then(
      () => true,
      () => false,
    ))
  ) {
    if (child.exitCode !== null || performance.now() - started > READY_WITHIN_MS) throw new Error('it does not start')
    await sleep(50)
  }
  return { url: `http://127.0.0.1:${port}`, readyMs: performance.now() - started, stop: () => child.kill('SIGKILL') }
}

async function inProcess(python: string, job: ServingJob): Promise<{ seconds: number; tokens: number }> {
  const script = join(import.meta.dirname, 'serving_in_process.py')
  const env = { ...process.env, PYTHONPATH: join(ROOT, 'infra', 'ml'), OMP_NUM_THREADS: '1' }
  const { stdout } = await promisify(execFile)(python, [script, MODEL, String(CONTEXT), JSON.stringify(job)], { env })
  return JSON.parse(stdout) as { seconds: number; tokens: number }
}

/**
 * The embedded server through HTTP and our client, beside its own engine called in process; in turn. Fails if the two do
 * not draw the same tokens.
 */
export async function benchEmbedded({ reference: python }: BenchOptions): Promise<Figure[]> {
  const server = await startServer(python)
  const figures: Figure[] = [{ name: 'from start to healthy', value: server.readyMs / 1_000, unit: 's' }]
  try {
    const promptTokenIds = await tokensOf(server.url)
    for (const atOnce of TASKS_AT_ONCE) {
      const job = serverJob(server.url, promptTokenIds, atOnce)
      const pairs: [http: number, alone: number][] = []
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        const [http, alone] = [await measure(job), await inProcess(python, job)]
        if (http.tokens !== alone.tokens) throw new Error(`${http.tokens} tokens by HTTP, ${alone.tokens} in process`)
        pairs.push([http.tokens / http.seconds, alone.tokens / alone.seconds])
      }
      const name = `${atOnce} tasks × ${SAMPLES} samples at once`
      figures.push(
        { name: `${name}, through HTTP`, value: median(pairs.map(([http]) => http)), unit: 'tokens/s' },
        { name: `${name}, in process`, value: median(pairs.map(([, alone]) => alone)), unit: 'tokens/s' },
        { name: `${name}: share`, value: 100 * median(pairs.map(([http, alone]) => http / alone)), unit: '%' },
      )
    }
  } finally {
    server.stop()
  }
  return figures
}

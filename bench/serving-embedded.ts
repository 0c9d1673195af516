import { execFile, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ROOT } from '../host/paths.mjs'
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
  const readyMs = performance.now() - started
  return { url: `http://127.0.0.1:${port}`, pid: child.pid!, readyMs, stop: () => child.kill('SIGKILL') }
}

/** What a process has computed since its start, all threads. */
function cpuSecondsOf(pid: number): number {
  const folder = `/proc/${pid}/task`
  const nanoseconds = (thread: string) => Number(readFileSync(join(folder, thread, 'schedstat'), 'utf8').split(' ')[0])
  return readdirSync(folder).reduce((sum, thread) => sum + nanoseconds(thread) / 1e9, 0)
}

interface Run {
  /** Tokens per second. */
  rate: number
  /** Of the engine's process. */
  cpuMicrosecondsPerToken: number
  tokens: number
}

async function throughHttp(server: { pid: number }, job: ServingJob): Promise<Run> {
  const before = cpuSecondsOf(server.pid)
  const { tokens, tokensInAll, seconds } = await measure(job)
  const cpuMicrosecondsPerToken = (1e6 * (cpuSecondsOf(server.pid) - before)) / tokensInAll
  return { rate: tokens / seconds, cpuMicrosecondsPerToken, tokens }
}

async function inProcess(python: string, job: ServingJob): Promise<Run> {
  const script = join(import.meta.dirname, 'serving_in_process.py')
  const env = { ...process.env, PYTHONPATH: join(ROOT, 'ml'), OMP_NUM_THREADS: '1' }
  const { stdout } = await promisify(execFile)(python, [script, MODEL, String(CONTEXT), JSON.stringify(job)], { env })
  const { seconds, cpuSeconds, tokens } = JSON.parse(stdout) as Record<'seconds' | 'cpuSeconds' | 'tokens', number>
  return { rate: tokens / seconds, cpuMicrosecondsPerToken: (1e6 * cpuSeconds) / tokens, tokens }
}

function figuresOf(name: string, pairs: readonly [http: Run, alone: Run][]): Figure[] {
  const middle = (value: (http: Run, alone: Run) => number) => median(pairs.map(([http, alone]) => value(http, alone)))
  const cpu = `${name}: CPU per token`
  return [
    { name: `${name}, through HTTP`, value: middle((http) => http.rate), unit: 'tokens/s' },
    { name: `${name}, in process`, value: middle((_, alone) => alone.rate), unit: 'tokens/s' },
    { name: `${name}: share`, value: 100 * middle((http, alone) => http.rate / alone.rate), unit: '%' },
    { name: `${cpu}, server`, value: middle((http) => http.cpuMicrosecondsPerToken), unit: 'µs' },
    { name: `${cpu}, in process`, value: middle((_, alone) => alone.cpuMicrosecondsPerToken), unit: 'µs' },
  ]
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
      const pairs: [http: Run, alone: Run][] = []
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        const [http, alone] = [await throughHttp(server, job), await inProcess(python, job)]
        if (http.tokens !== alone.tokens) throw new Error(`${http.tokens} tokens by HTTP, ${alone.tokens} in process`)
        pairs.push([http, alone])
      }
      figures.push(...figuresOf(`${atOnce} tasks × ${SAMPLES} samples at once`, pairs))
    }
  } finally {
    server.stop()
  }
  return figures
}

import { join } from 'node:path'
import { ROOT } from '../../host/paths.mjs'
import type { Service } from './service.ts'

/** What this machine's workers are told. */
export interface WorkerOptions {
  temporalAddress: string
  storeFolder: string
  base: string
  modelUrls: readonly string[]
  samplesMax: number
  trainerUrl: string
  memo: 'on' | 'off'
  durability: 'power-loss' | 'kill'
  /** The first of four ports in a row on which Prometheus, and we, find their metrics. */
  metricsPort: number
}

/** A process each. The order is that of their ports. */
const KINDS = ['workflow', 'rollout', 'training', 'bookkeeping'] as const
const NEEDS = { workflow: [], rollout: ['model-server', 'trainer'], training: ['trainer'], bookkeeping: [] } as const
const ANSWER_MS = 5_000
/** The workflow bundle is built, or the sandbox's slots boot, on a machine that is busy with the same for all services. */
const STARTS_WITHIN_MS = 120_000

/** So that a worker's memory is level (docs/log.md): V8's young generation would grow late, and to 100 MiB, the old one by half before it is looked through. */
export const WORKER_NODE = [
  process.execPath,
  '--min-semi-space-size=8',
  '--max-semi-space-size=8',
  '--heap-growing-percent=20',
] as const
/**
 * For the same: glibc gets two arenas, and buffers from 128 KiB on are mapped and given back one by one. Its defaults let buffers of several
 * threads fragment an arena each.
 */
export const WORKER_MEMORY = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
} as const

/** A worker that has as many tasks as it may have does not poll: it is at work, for as long as a step takes. */
const AT_WORK = /^temporal_(num_pollers\{[^}]*\} [1-9]|worker_task_slots_available\{[^}]*\} 0$)/m

/** A worker works once it polls: its process alone proves nothing. */
async function checkPolling(port: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) })
  if (!AT_WORK.test(await answer.text())) throw new Error('it does not poll the Temporal server yet')
}

/** The workers of this machine, one process per kind. On another machine the same variables do. */
export function workerServices(options: WorkerOptions): Service[] {
  const variables = {
    TEMPORAL_ADDRESS: options.temporalAddress,
    AGENT0_STORE: options.storeFolder,
    AGENT0_BASE: options.base,
    AGENT0_MODEL_URLS: options.modelUrls.join(','),
    AGENT0_MODEL_SAMPLES: String(options.samplesMax),
    AGENT0_TRAINER_URL: options.trainerUrl,
    AGENT0_SANDBOX_MEMO: options.memo,
    AGENT0_DURABILITY: options.durability,
    ...WORKER_MEMORY,
  }
  const shared = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  return KINDS.map((kind, index): Service => {
    const port = options.metricsPort + index
    const own = [`AGENT0_METRICS=127.0.0.1:${port}`, ...WORKER_NODE, join(ROOT, 'workers', 'main.ts'), kind]
    return {
      name: `worker-${kind}`,
      address: `metrics http://127.0.0.1:${port}/metrics`,
      after: ['temporal', ...NEEDS[kind]],
      ports: [{ port, option: '--worker-port' }],
      command: { file: 'env', args: [...shared, ...own], waitsForLock: true },
      startsWithinMs: STARTS_WITHIN_MS,
      checkHealth: () => checkPolling(port),
    }
  })
}

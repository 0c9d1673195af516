import { join } from 'node:path'
import { type MachineConfig, temporalAddressOf } from '../../contracts/machine-config.ts'
import { environmentOf } from '../../contracts/machine-variables.ts'
import { NO_FILE } from '../../host/machine.ts'
import { ROOT } from '../../host/paths.mjs'
import { SECRETS, type Secrets } from '../../host/secrets.ts'
import type { Service } from './service.ts'

/** What this machine's workers work with. */
export interface WorkerOptions {
  machine: MachineConfig
  /** Folder of the base model, absolute. */
  base: string
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

/** The secrets that a kind of worker needs. */
const secretsOf = { workflow: [], rollout: SECRETS, training: ['AGENT0_TRAINER_TOKEN'], bookkeeping: [] } as const

/** The workers of this machine, one process per kind. On another machine the same variables do. */
export function workerServices({ machine, base }: WorkerOptions, secrets: Secrets = {}): Service[] {
  const shared = {
    ...environmentOf({ ...machine, temporal: { ...machine.temporal, address: temporalAddressOf(machine) } }),
    // They have each key by a variable.
    AGENT0_MACHINE: NO_FILE,
    AGENT0_BASE: base,
    ...WORKER_MEMORY,
  }
  return KINDS.map((kind, index): Service => {
    const port = machine.ports.worker + index
    const own = Object.fromEntries(secretsOf[kind].flatMap((name) => (secrets[name] ? [[name, secrets[name]]] : [])))
    const [node, ...flags] = WORKER_NODE
    return {
      name: `worker-${kind}`,
      address: `metrics http://127.0.0.1:${port}/metrics`,
      after: ['temporal', ...NEEDS[kind]],
      ports: [{ port, option: '--worker-port' }],
      command: {
        file: node,
        args: [...flags, join(ROOT, 'workers', 'main.ts'), kind],
        env: { ...shared, ...own, AGENT0_METRICS: `127.0.0.1:${port}` },
        waitsForLock: true,
      },
      startsWithinMs: STARTS_WITHIN_MS,
      checkHealth: () => checkPolling(port),
    }
  })
}

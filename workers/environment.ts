import { resolve } from 'node:path'
import type { MachineConfig } from '../contracts/machine-config.ts'
import { readMachine, type Variables } from '../host/machine.ts'
import { SetupProblem } from '../host/problem.mjs'
import { readSecrets, type Secrets } from '../host/secrets.ts'

/** Kinds of worker, a process each; what each does is in kinds.ts. */
export const workerKinds = ['workflow', 'rollout', 'training', 'bookkeeping'] as const
export type WorkerKind = (typeof workerKinds)[number]

/** What a worker's process works with: its machine's config, and what only a process has. */
export interface Environment {
  machine: MachineConfig
  /** AGENT0_BASE: folder of the base model, absolute. Its tokenizer is read. */
  base: string
  /** AGENT0_METRICS: `host:port` on which Prometheus finds metrics; none unless given. */
  metrics: string | undefined
  /** AGENT0_LOCK: a file that only one life of this worker may have locked: others wait. Set by `agent0 up`. */
  lock: string | undefined
  /** AGENT0_FAULTS: a folder of faults on demand, for chaos runs (docs/operations/chaos.md). */
  faults: string | undefined
  secrets: Secrets
}

/**
 * Reads the environment: variables, over the machine config that they name (docs/operations/workers.md lists both). Throws
 * a SetupProblem that says everything that is wrong with it.
 */
export function readEnvironment(variables: Variables): Environment {
  const machine = readMachine(variables)
  const base = variables['AGENT0_BASE']
  if (!base) throw new SetupProblem('AGENT0_BASE: a worker needs the folder of the base model')
  return {
    machine,
    base: resolve(base),
    metrics: variables['AGENT0_METRICS'] || undefined,
    lock: variables['AGENT0_LOCK'] || undefined,
    faults: variables['AGENT0_FAULTS'] || undefined,
    secrets: readSecrets(machine, variables),
  }
}

import { join } from 'node:path'
import { type MachineConfig, trainerUrlOf, visibleDevices } from '../../contracts/machine-config.ts'
import { ROOT } from '../../host/paths.mjs'
import { readText } from '../../host/read-text.ts'
import type { Secrets } from '../../host/secrets.ts'
import type { Service } from './service.ts'

/** The trainer's service as `up` starts or watches it. */
export interface TrainerOptions {
  machine: MachineConfig
  python: string
  /** Folder of the base model, absolute. */
  base: string
}

const NAME = 'trainer'
/** Until it listens: torch is imported. Reading the model takes as long as it moves. */
const STARTS_WITHIN_MS = 120_000
const ANSWER_MS = 10_000
const ANSWER_BYTES_MAX = 65_536

/** What a trainer that has not read its model says of itself (ml/agent0_ml/trainer/service.py). */
function isStarting(text: string): boolean {
  try {
    const { state, moves } = JSON.parse(text) as Record<string, unknown>
    return state === 'starting' && moves === true
  } catch {
    return false
  }
}

async function checkHealth(url: string): Promise<void | 'starting'> {
  const answer = await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(ANSWER_MS), redirect: 'error' })
  const text = await readText(answer, ANSWER_BYTES_MAX)
  if (answer.ok) return
  if (isStarting(text)) return 'starting'
  throw new Error(`${url}/healthz answers ${answer.status}`)
}

/** The trainer of this machine as a service: our own, or somebody else's, which shares the store's folder. */
export function trainerService({ machine, python, base }: TrainerOptions, secrets: Secrets): Service {
  const url = trainerUrlOf(machine)
  const watched = { name: NAME, address: url, after: [], checkHealth: () => checkHealth(url) }
  if (machine.trainer.url !== 'own') return { ...watched, ports: [] }
  const port = machine.ports.trainer
  const { AGENT0_TRAINER_TOKEN } = secrets
  const serve = ['agent0_ml.trainer', 'serve', '--base', base, '--store', machine.store.folder, '--port', String(port)]
  return {
    ...watched,
    ports: [{ port, option: '--trainer-port' }],
    command: {
      file: python,
      args: ['-m', 'agent0_ml.standby', ...serve],
      env: {
        PYTHONPATH: join(ROOT, 'ml'),
        PYTHONUNBUFFERED: '1',
        HF_HUB_OFFLINE: '1',
        OMP_WAIT_POLICY: 'passive',
        ...visibleDevices(machine),
        ...(AGENT0_TRAINER_TOKEN && { AGENT0_TRAINER_TOKEN }),
      },
      waitsForLock: true,
    },
    startsWithinMs: STARTS_WITHIN_MS,
  }
}

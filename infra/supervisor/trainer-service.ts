import { join } from 'node:path'
import { type MachineConfig, trainerUrlOf, visibleDevices } from '../../contracts/machine-config.ts'
import { ROOT } from '../../host/paths.mjs'
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
/** torch is imported, and the model is read. */
const STARTS_WITHIN_MS = 120_000
const ANSWER_MS = 10_000

async function checkHealth(url: string): Promise<void> {
  const answer = await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(ANSWER_MS) })
  if (!answer.ok) throw new Error(`${url}/healthz answers ${answer.status}`)
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

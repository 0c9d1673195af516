import { join } from 'node:path'
import { ROOT } from '../../host/paths.mjs'
import type { Service } from './service.ts'

/** The trainer that `up` starts, or somebody else's. */
export type TrainerOptions =
  | {
      kind: 'own'
      python: string
      /** Folder of the base model, absolute. */
      base: string
      /** Folder of the artifact store, absolute. */
      storeFolder: string
      port: number
    }
  /** A trainer on another machine, which shares the store's folder. */
  | { kind: 'external'; url: string }

const NAME = 'trainer'
/** torch is imported, and the model is read. */
const STARTS_WITHIN_MS = 120_000
const ANSWER_MS = 10_000

export function trainerUrl(options: TrainerOptions): string {
  return options.kind === 'external' ? options.url : `http://127.0.0.1:${options.port}`
}

async function checkHealth(url: string): Promise<void> {
  const answer = await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(ANSWER_MS) })
  if (!answer.ok) throw new Error(`${url}/healthz answers ${answer.status}`)
}

/** The trainer of this machine as a service. */
export function trainerService(options: TrainerOptions): Service {
  const url = trainerUrl(options)
  const watched = { name: NAME, address: url, after: [], checkHealth: () => checkHealth(url) }
  if (options.kind === 'external') return { ...watched, ports: [] }
  const { python, base, storeFolder, port } = options
  const env = [`PYTHONPATH=${join(ROOT, 'ml')}`, 'PYTHONUNBUFFERED=1', 'HF_HUB_OFFLINE=1', 'OMP_WAIT_POLICY=passive']
  const serve = ['agent0_ml.trainer', 'serve', '--base', base, '--store', storeFolder, '--port', String(port)]
  return {
    ...watched,
    ports: [{ port, option: '--trainer-port' }],
    command: { file: 'env', args: [...env, python, '-m', 'agent0_ml.standby', ...serve], waitsForLock: true },
    startsWithinMs: STARTS_WITHIN_MS,
  }
}

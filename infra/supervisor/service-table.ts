import { join } from 'node:path'
import { ROOT } from '../../host/paths.mjs'
import { type ModelOptions, modelServerService } from './model-server-service.ts'
import { storeFolder } from '../../services/artifact-store/open.ts'
import type { Service } from './service.ts'
import { type TemporalOptions, temporalService } from './temporal-service.ts'
import { type TrainerOptions, trainerService, trainerUrl } from './trainer-service.ts'
import { type WorkerOptions, workerServices } from './worker-services.ts'

/** What `agent0 up` was asked for. */
export interface UpOptions extends TemporalOptions {
  /** Names of the services to start, or the part before a dash; all unless given. */
  only?: readonly string[]
  model: ModelOptions
  trainer: TrainerOptions
  workers: Pick<WorkerOptions, 'samplesMax' | 'memo' | 'durability' | 'metricsPort'>
}

function workerOptions({
  stateFolder,
  temporalAddress,
  temporalPort,
  model,
  trainer,
  workers,
}: UpOptions): WorkerOptions {
  const { engine, port } = model
  return {
    ...workers,
    temporalAddress: temporalAddress ?? `127.0.0.1:${temporalPort}`,
    storeFolder: storeFolder(stateFolder),
    base: model.base,
    modelUrls: engine.kind === 'external' ? engine.urls : [`http://127.0.0.1:${port}`],
    trainerUrl: trainerUrl(trainer),
  }
}

/** The services of this machine, as data: a later one is one more entry. */
export function serviceTable(options: UpOptions): Service[] {
  const all = [
    temporalService(options),
    modelServerService(options.model),
    trainerService(options.trainer),
    ...workerServices(workerOptions(options)),
  ]
  const { only } = options
  if (only === undefined) return all
  const isWanted = (name: string) => only.some((wanted) => name === wanted || name.startsWith(`${wanted}-`))
  const wanted = all.filter(({ name }) => isWanted(name))
  // What runs elsewhere is not waited for: who needs it waits by itself.
  return wanted.map((service) => ({ ...service, after: service.after.filter(isWanted) }))
}

/** The checkout's own state folder, unless another is named. */
export function defaultStateFolder(): string {
  return join(ROOT, '.agent0')
}

import type { MachineConfig } from '../../contracts/machine-config.ts'
import type { Secrets } from '../../host/secrets.ts'
import { type ModelOptions, modelServerService } from './model-server-service.ts'
import type { Service } from './service.ts'
import { type TemporalCli, temporalService } from './temporal-service.ts'
import { trainerService } from './trainer-service.ts'
import { workerServices } from './worker-services.ts'

/** What `agent0 up` starts. The supervisor's process gets it as JSON; secrets are not in it. */
export interface UpOptions {
  stateFolder: string
  machine: MachineConfig
  /** Names of the services to start, or the part before a dash; all unless given. */
  only?: readonly string[]
  model: ModelOptions
  /** The Python of set-up, which runs the trainer. */
  python: string
  /** Our own Temporal server, if it is installed. */
  temporalCli?: TemporalCli
}

/**
 * The services of this machine, as data: another one is one more entry.
 * @param secrets for the processes that need them; without them the table is only looked at
 */
export function serviceTable(options: UpOptions, secrets: Secrets = {}): Service[] {
  const { stateFolder, machine, model, python, only } = options
  const trainer =
    machine.trainer.kind === 'service' ? [trainerService({ machine, python, base: model.base }, secrets)] : []
  const all = [
    temporalService({ stateFolder, machine, ...(options.temporalCli && { temporalCli: options.temporalCli }) }),
    modelServerService(model, secrets),
    ...trainer,
    ...workerServices({ machine, base: model.base }, secrets),
  ]
  const isWanted = (name: string) =>
    only === undefined || only.some((wanted) => name === wanted || name.startsWith(`${wanted}-`))
  const table = all.filter(({ name }) => isWanted(name))
  // A service does not wait for what runs elsewhere or not at all: it copes with that by itself.
  const names = new Set(table.map(({ name }) => name))
  return table.map((service) => ({ ...service, after: service.after.filter((name) => names.has(name)) }))
}

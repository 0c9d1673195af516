import type { MachineConfig } from '../contracts/machine-config.ts'
import type { ModelServer } from '../contracts/ports/index.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import { SetupProblem } from '../host/problem.mjs'
import { readMachine, stateFolder } from '../host/machine.ts'
import { readSecrets } from '../host/secrets.ts'
import { modelServerUrls } from '../infra/supervisor/model-server-service.ts'
import { liveReport } from '../infra/supervisor/state-file.ts'
import { openModelServer } from '../services/model-server/open.ts'
import { baseFolder } from './up-options.ts'

/** Base URLs of the model servers: those that `up` runs or watches; else those that the machine config names. */
function urlsOf({ modelServer: { urls } }: MachineConfig): readonly string[] {
  const service = liveReport(stateFolder())?.services.find(({ name }) => name === 'model-server')
  if (service?.state === 'healthy') return modelServerUrls(service.address)
  if (service !== undefined)
    throw new SetupProblem(
      `The model server is ${service.state}${service.reason === undefined ? '' : ` (${service.reason})`}: see "agent0 logs model-server".`,
    )
  if (urls.length > 0) return urls
  throw new SetupProblem('No model server runs on this machine: start it with "agent0 up" (and the same --config).')
}

/** The model servers of this machine, opened; close them. */
export function openRunningModel(machine = readMachine()): ModelServer {
  const { AGENT0_MODEL_API_KEY: apiKey } = readSecrets(machine)
  const { samplesMax } = machine.modelServer
  return openModelServer({ urls: urlsOf(machine), samplesMax, ...(apiKey && { apiKey }) })
}

/** Throws a SetupProblem if a server of this machine has another base model than the config. */
export async function checkBase(server: ModelServer, config: RunConfig, machine = readMachine()): Promise<void> {
  if (machine.modelServer.urls.length > 0) return // another machine's folder
  const wanted = baseFolder(config)
  for (const { server: url, policies } of await server.health()) {
    const root = policies[0]?.checkpointDir
    if (root !== undefined && root !== wanted)
      throw new SetupProblem(
        `${url} serves ${root}, the config names ${wanted}: "agent0 down", then "agent0 up --config FILE" with that config.`,
      )
  }
}

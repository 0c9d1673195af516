import type { RunConfig } from '../contracts/run-config.ts'
import { openModelServer } from '../services/model-server/open.ts'
import type { ModelServer } from '../contracts/ports/index.ts'
import { SetupProblem } from '../host/problem.mjs'
import { modelServerUrls } from '../infra/supervisor/model-server-service.ts'
import { liveReport } from '../infra/supervisor/state-file.ts'
import { baseFolder, stateFolder } from './up-options.ts'

/** Base URLs of the model servers: those that `up` runs or watches; else those that the config names. */
function urlsOf({ model: { engine } }: RunConfig): readonly string[] {
  const service = liveReport(stateFolder())?.services.find(({ name }) => name === 'model-server')
  if (service?.state === 'healthy') return modelServerUrls(service.address)
  if (service !== undefined)
    throw new SetupProblem(
      `The model server is ${service.state}${service.reason === undefined ? '' : ` (${service.reason})`}: see "agent0 logs model-server".`,
    )
  if (engine.kind === 'external') return engine.urls
  throw new SetupProblem('No model server runs on this machine: start it with "agent0 up" (and the same --config).')
}

/** The model servers of this machine, opened; close them. */
export function openRunningModel(config: RunConfig): ModelServer {
  const apiKey = process.env['VLLM_API_KEY']
  const { samplesMax } = config.model
  return openModelServer({ urls: urlsOf(config), samplesMax, ...(apiKey && { apiKey }) })
}

/** Throws a SetupProblem if a server of this machine has another base model than the config. */
export async function checkBase(server: ModelServer, config: RunConfig): Promise<void> {
  if (config.model.engine.kind === 'external') return // another machine's folder
  const wanted = baseFolder(config)
  for (const { server: url, policies } of await server.health()) {
    const root = policies[0]?.root
    if (root !== undefined && root !== wanted)
      throw new SetupProblem(
        `${url} serves ${root}, the config names ${wanted}: "agent0 down", then "agent0 up --config FILE" with that config.`,
      )
  }
}

import type { NativeConnection } from '@temporalio/worker'
import { existsSync } from 'node:fs'
import type { Logger } from 'pino'
import { canaryCheck } from '../activities/canary-check.ts'
import type { Services } from '../activities/services.ts'
import { type MachineConfig, modelUrlsOf, trainerUrlOf, visibleDevices } from '../contracts/machine-config.ts'
import type { Trainer } from '../contracts/ports/index.ts'
import { cacheFolder } from '../host/paths.mjs'
import { mlPython } from '../host/python.mjs'
import { readHeldOut } from '../services/artifact-store/held-out.ts'
import { openHistories } from '../services/temporal/open.ts'
import { openModelServer } from '../services/model-server/open.ts'
import { AttackedSandbox } from '../services/sandbox/attacked-sandbox.ts'
import { ensureSandboxImage } from '../services/sandbox/image/build-image.mjs'
import { defaultLimits, graderOn, openSandbox } from '../services/sandbox/open.ts'
import type { Template } from '../services/sandbox/template.ts'
import { openStore } from '../services/artifact-store/open.ts'
import { openTokenizer } from '../services/model-server/open-tokenizer.ts'
import { openTrainer } from '../services/trainer/open.ts'
import type { Environment } from './environment.ts'
import { namedBackend } from '../host/machine.ts'

/** Services, and how to give back what they hold. */
export interface Opened<S> {
  services: S
  close: () => Promise<void>
}

/** Works on the store, and asks the server behind `connection` what became of the workflows. */
export function openBookkeeping(
  { machine }: Environment,
  connection: NativeConnection,
  logger: Logger,
): Opened<Pick<Services, 'store' | 'heldOutTasks' | 'histories'>> {
  const store = openStoreOf(machine)
  const histories = openHistories(connection, machine.temporal.namespace, (problem) => logger.warn(problem))
  return { services: { store, heldOutTasks: readHeldOut, histories }, close: async () => {} }
}

const openStoreOf = ({ store }: MachineConfig) => openStore(store.folder, store.durability)

/** GPUs of a container: those that the machine config names, else all if the machine has any. */
const gpusOf = ({ devices }: MachineConfig['trainer']) =>
  devices === 'none' || (devices === 'auto' && !existsSync('/dev/nvidiactl')) ? 'none' : 'all'

/** Opens the trainer of the kind that the machine config names. */
async function openTrainerOf({ machine, base, secrets }: Environment, log: (line: string) => void): Promise<Trainer> {
  const { trainer, store } = machine
  const storeFolder = store.folder
  const { AGENT0_TRAINER_TOKEN: token } = secrets
  if (trainer.kind === 'service')
    return openTrainer({ kind: 'service', url: trainerUrlOf(machine), storeFolder, ...(token && { token }) })
  const job = { storeFolder, base, python: await mlPython(), environment: visibleDevices(machine) }
  if (trainer.kind === 'process') return openTrainer({ kind: 'process', ...job })
  const image =
    trainer.image === 'sandbox' ? (await ensureSandboxImage({ cacheFolder: cacheFolder(), log })).digest : trainer.image
  return openTrainer({ kind: 'docker', ...job, image, gpus: gpusOf(trainer) })
}

export async function openTraining(
  environment: Environment,
  log: (line: string) => void,
): Promise<Opened<Pick<Services, 'store' | 'trainer'>>> {
  const trainer = await openTrainerOf(environment, log)
  return { services: { store: openStoreOf(environment.machine), trainer }, close: () => trainer.close() }
}

/** As many slots as the machine config says, every second one with the mathematics packages loaded. */
function placesOf({ slots }: MachineConfig['sandbox']): { places?: Template[] } {
  if (slots === 'auto') return {}
  return { places: Array.from({ length: slots }, (_, index) => (index % 2 === 0 ? 'bare' : 'math')) }
}

/** Everything that rolling out needs. The sandbox's slots are this process's own. */
export async function openRollout(
  environment: Environment,
  log: (line: string) => void,
): Promise<Opened<Omit<Services, 'histories'>>> {
  const { machine, base, secrets } = environment
  const { memo } = machine.sandbox
  const opened = await openSandbox({
    memo: memo === 'on',
    log,
    ...placesOf(machine.sandbox),
    ...namedBackend(machine),
  })
  const sandbox = environment.faults === undefined ? opened : new AttackedSandbox(opened, environment.faults)
  const { AGENT0_MODEL_API_KEY: apiKey } = secrets
  const store = openStoreOf(machine)
  const models = openModelServer({
    urls: modelUrlsOf(machine),
    samplesMax: machine.modelServer.samplesMax,
    checkOf: (policy) => canaryCheck(store, policy),
    ...(apiKey && { apiKey }),
  })
  const training = await openTraining(environment, log)
  const tokenizer = await openTokenizer(base)
  return {
    services: {
      ...training.services,
      models,
      tokenizer,
      sandbox,
      executionLimits: defaultLimits,
      grader: graderOn(sandbox),
      heldOutTasks: readHeldOut,
    },
    close: async () => void (await Promise.all([sandbox.close(), models.close(), training.close()])),
  }
}

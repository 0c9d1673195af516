import type { NativeConnection } from '@temporalio/worker'
import type { Services } from '../activities/services.ts'
import { readHeldOut } from '../services/artifact-store/held-out.ts'
import { openHistories } from '../services/temporal/open.ts'
import { openModelServer } from '../services/model-server/open.ts'
import { defaultLimits, graderOn, openSandbox } from '../services/sandbox/open.ts'
import { openStore } from '../services/artifact-store/open.ts'
import { openTokenizer } from '../services/model-server/open-tokenizer.ts'
import { openTrainer } from '../services/trainer/open.ts'
import type { Logger } from 'pino'
import type { Environment } from './environment.ts'

/** Services, and how to give back what they hold. */
export interface Opened<S> {
  services: S
  close: () => Promise<void>
}

/** Works on the store, and asks the server behind `connection` what became of the workflows. */
export function openBookkeeping(
  environment: Environment,
  connection: NativeConnection,
  logger: Logger,
): Opened<Pick<Services, 'store' | 'heldOutTasks' | 'histories'>> {
  const store = openStore(environment.AGENT0_STORE, environment.AGENT0_DURABILITY)
  const histories = openHistories(connection, environment.TEMPORAL_NAMESPACE, (problem) => logger.warn(problem))
  return { services: { store, heldOutTasks: readHeldOut, histories }, close: async () => {} }
}

export async function openTraining(environment: Environment): Promise<Opened<Pick<Services, 'store' | 'trainer'>>> {
  const store = openStore(environment.AGENT0_STORE, environment.AGENT0_DURABILITY)
  const { AGENT0_TRAINER_URL: url, AGENT0_TRAINER_TOKEN: token } = environment
  const trainer = await openTrainer({
    kind: 'service',
    url,
    storeFolder: environment.AGENT0_STORE,
    ...(token && { token }),
  })
  return { services: { store, trainer }, close: () => trainer.close() }
}

/** Everything that rolling out needs. The sandbox's slots are this process's own. */
export async function openRollout(
  environment: Environment,
  log: (line: string) => void,
): Promise<Opened<Omit<Services, 'histories'>>> {
  const { AGENT0_MODEL_API_KEY: apiKey, AGENT0_SANDBOX_BACKEND: backend } = environment
  const sandbox = await openSandbox({
    memo: environment.AGENT0_SANDBOX_MEMO === 'on',
    log,
    ...(backend && { backend }),
  })
  const models = openModelServer({
    urls: environment.AGENT0_MODEL_URLS,
    samplesMax: environment.AGENT0_MODEL_SAMPLES,
    ...(apiKey && { apiKey }),
  })
  const training = await openTraining(environment)
  const tokenizer = await openTokenizer(environment.AGENT0_BASE)
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

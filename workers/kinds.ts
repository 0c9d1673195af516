import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker'
import { availableParallelism } from 'node:os'
import type { Logger } from 'pino'
import { createBookkeepingActivities, createRolloutActivities, createTrainingActivities } from '../activities/index.ts'
import { temporalAddressOf } from '../contracts/machine-config.ts'
import { taskQueues } from '../contracts/task-queues.ts'
import { dataConverter } from './data-converter.ts'
import type { Environment, WorkerKind } from './environment.ts'
import { identityOf } from './identity.ts'
import { openBookkeeping, openRollout, openTraining } from './open-services.ts'
import { watchRuns } from './watch-runs.ts'
import { workflowBundle } from './workflow-bundle.ts'

/** What a kind of worker adds to the options that all have, and what it must give back at its end. */
interface Wiring {
  options: Pick<WorkerOptions, 'taskQueue'> & Partial<WorkerOptions>
  close: () => Promise<void>
}

/** So that a worker that is told to stop does not take tasks that it will not do. */
const autoscaling = (maximum: number) => ({ type: 'autoscaling', minimum: 1, initial: 2, maximum }) as const

/** For a worker that does `tasks` tasks at once. */
export function rolloutOptions(activities: object, tasks: number) {
  return {
    taskQueue: taskQueues.rollout,
    activities,
    maxConcurrentActivityTaskExecutions: tasks,
    activityTaskPollerBehavior: autoscaling(Math.ceil(tasks / 10)),
  }
}

/** What workers of all kinds have in common. */
export const commonOptions = {
  dataConverter,
  // A cancellation reaches an activity with a beat: the default of a minute is long for a person who waits.
  maxHeartbeatThrottleInterval: '7s',
  defaultHeartbeatThrottleInterval: '7s',
  shutdownGraceTime: '5s',
  // A hanging activity would hold the process for ever; its next attempt reads the journal.
  shutdownForceTime: '15s',
} as const

/** What a kind is wired with. */
interface Supplies {
  environment: Environment
  connection: NativeConnection
  logger: Logger
}

const wirings: Record<WorkerKind, (supplies: Supplies) => Promise<Wiring>> = {
  workflow: async () => ({
    options: {
      taskQueue: taskQueues.workflow,
      workflowBundle: { code: await workflowBundle() },
      maxCachedWorkflows: 200,
      // So long the server keeps a decision for a worker that was killed; for ten seconds unless told.
      stickyQueueScheduleToStartTimeout: '2 seconds',
      maxConcurrentWorkflowTaskExecutions: 20,
    },
    close: async () => {},
  }),
  rollout: async ({ environment, logger }) => {
    const { services, close } = await openRollout(environment, (line) => logger.info(line))
    return {
      options: rolloutOptions(createRolloutActivities(services), environment.machine.workers.rolloutTasks),
      close,
    }
  },
  training: async ({ environment, logger }) => {
    const { services, close } = await openTraining(environment, (line) => logger.info(line))
    const activities = createTrainingActivities(services)
    // A trainer computes one step at a time.
    return { options: { taskQueue: taskQueues.training, activities, maxConcurrentActivityTaskExecutions: 1 }, close }
  },
  bookkeeping: async ({ environment, connection, logger }) => {
    const { services, close } = openBookkeeping(environment, connection, logger)
    const activities = createBookkeepingActivities(services)
    const { temporal, alerts, workers } = environment.machine
    const { bookkeepingSteps: steps } = workers
    const maxConcurrentActivityTaskExecutions = steps === 'auto' ? availableParallelism() : steps
    const watch = watchRuns({
      temporal: { address: temporalAddressOf(environment.machine), namespace: temporal.namespace },
      store: services.store,
      everyMs: alerts.lookSeconds * 1_000,
      onAlert: alerts.onAlert,
      logger,
    })
    return {
      options: { taskQueue: taskQueues.bookkeeping, activities, maxConcurrentActivityTaskExecutions },
      close: async () => void (await Promise.all([watch.stop(), close()])),
    }
  },
}

/** A worker of one kind on a connection. `close` after it has run. */
export async function createWorker(
  kind: WorkerKind,
  environment: Environment,
  connection: NativeConnection,
  logger: Logger,
): Promise<{ worker: Worker; close: () => Promise<void> }> {
  const { options, close } = await wirings[kind]({ environment, connection, logger })
  const worker = await Worker.create({
    connection,
    namespace: environment.machine.temporal.namespace,
    identity: identityOf(kind),
    ...commonOptions,
    ...options,
  })
  return { worker, close }
}

// The rollout and bookkeeping workers of a bench, in one process over fake services. It ends with its parent.
import { NativeConnection, Worker } from '@temporalio/worker'
import { availableParallelism } from 'node:os'
import { createBookkeepingActivities, createRolloutActivities } from '../activities/index.ts'
import { temporalAddressOf } from '../contracts/machine-config.ts'
import { taskQueues } from '../contracts/task-queues.ts'
import { openHistories } from '../services/temporal/open.ts'
import { openStore } from '../services/artifact-store/open.ts'
import { readEnvironment } from '../workers/environment.ts'
import { commonOptions, rolloutOptions } from '../workers/kinds.ts'
import { installTelemetry } from '../workers/telemetry.ts'
import { fakeServices } from './fake-services.ts'
import type { LoopJob, LoopTick } from './loop-rig.ts'

const TICK_MS = 500

const job = JSON.parse(process.argv[2]!) as LoopJob
const environment = readEnvironment(process.env)
installTelemetry('rollout', environment)
let requests = 0
const services = fakeServices(
  openStore(environment.machine.store.folder),
  job.model,
  job.heldOut,
  () => void requests++,
)
const connection = await NativeConnection.connect({ address: temporalAddressOf(environment.machine) })
const workers = await Promise.all([
  Worker.create({
    connection,
    ...commonOptions,
    ...rolloutOptions(createRolloutActivities(services), environment.machine.workers.rolloutTasks),
  }),
  Worker.create({
    connection,
    ...commonOptions,
    taskQueue: taskQueues.bookkeeping,
    activities: createBookkeepingActivities({
      ...services,
      histories: openHistories(connection, 'default', console.error),
    }),
    maxConcurrentActivityTaskExecutions: availableParallelism(),
  }),
])
setInterval(() => process.send!({ requests } satisfies LoopTick), TICK_MS)
await Promise.all(workers.map((worker) => worker.run()))

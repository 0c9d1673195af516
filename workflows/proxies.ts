import { proxyActivities, type ActivityOptions } from '@temporalio/workflow'
import { nonRetryableTypes } from '../contracts/errors.ts'
import { taskQueues } from '../contracts/task-queues.ts'
import type { BookkeepingActivities, RolloutActivities, TrainingActivities } from '../activities/index.ts'

const nonRetryableErrorTypes = [...nonRetryableTypes]

/** A restarted process is back within a second or two. */
const FIRST_PAUSE = '500 milliseconds'

/** Sampling and sandboxes: an engine that is down overnight must not fail the run, so the number of retries has no limit. */
const sampling: ActivityOptions = {
  taskQueue: taskQueues.rollout,
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '20 seconds',
  scheduleToCloseTimeout: '24 hours',
  retry: { initialInterval: FIRST_PAUSE, backoffCoefficient: 2, maximumInterval: '60 seconds', nonRetryableErrorTypes },
}

/** One training step: it may take a day on a large model, and its trainer may be down for longer. */
const training: ActivityOptions = {
  taskQueue: taskQueues.training,
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '20 seconds',
  scheduleToCloseTimeout: '3 days',
  retry: { initialInterval: FIRST_PAUSE, backoffCoefficient: 2, maximumInterval: '2 minutes', nonRetryableErrorTypes },
}

/** Reads and writes of the store: short, and retried while the disk is full. */
const bookkeeping: ActivityOptions = {
  taskQueue: taskQueues.bookkeeping,
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '24 hours',
  retry: { initialInterval: FIRST_PAUSE, backoffCoefficient: 2, maximumInterval: '60 seconds', nonRetryableErrorTypes },
}

/** Activities near model servers; the UI shows `summary` for this call. */
export const onRollout = (summary: string) => proxyActivities<RolloutActivities>({ ...sampling, summary })
export const onTraining = (summary: string) => proxyActivities<TrainingActivities>({ ...training, summary })
export const onBookkeeping = (summary: string) => proxyActivities<BookkeepingActivities>({ ...bookkeeping, summary })

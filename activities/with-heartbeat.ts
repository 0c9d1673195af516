import { ApplicationFailure, cancellationSignal, Context, heartbeat } from '@temporalio/activity'
import type { FailureType } from '../contracts/errors.ts'

const WORKER_STOPPED: FailureType = 'Infra.WorkerStopped'

/** Time between heartbeats; the worker's throttle decides how many are sent. The answer to one can carry a cancellation. */
const HEARTBEAT_MS = 1_000

/**
 * Runs the work of an activity with heartbeats, so that a dead worker is noticed and a cancellation arrives. Each heartbeat carries `about`
 * and the latest progress: one without details would erase them.
 */
export async function withHeartbeat<T>(
  work: (report: (progress: object) => void, signal: AbortSignal) => Promise<T>,
  about: object = {},
): Promise<T> {
  let latest = about
  const report = (progress: object) => {
    latest = { ...about, ...progress }
    heartbeat(latest)
  }
  report({})
  const timer = setInterval(() => heartbeat(latest), HEARTBEAT_MS)
  try {
    return await work(report, cancellationSignal())
  } catch (error) {
    // The SDK would report a cancellation that nobody requested; the server would then wait for the heartbeat timeout.
    if (Context.current().cancellationDetails?.workerShutdown)
      throw ApplicationFailure.create({
        type: WORKER_STOPPED,
        message: 'worker shut down; the activity will be retried',
      })
    throw error
  } finally {
    clearInterval(timer)
  }
}

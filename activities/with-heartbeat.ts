import { ApplicationFailure, cancellationSignal, Context, heartbeat } from '@temporalio/activity'
import type { FailureType } from '../contracts/errors.ts'

const WORKER_STOPPED: FailureType = 'Infra.WorkerStopped'

/** How often a beat is made; the worker's throttle decides how many of them are sent. A cancellation comes with an answer. */
const BEAT_MS = 1_000

/**
 * Runs the work of an activity and beats while it runs, so that a dead worker is noticed and a cancellation arrives. The
 * details of every beat are `about` and the latest ones told: a beat without details would erase them.
 */
export async function withHeartbeat<T>(
  work: (tell: (progress: object) => void, signal: AbortSignal) => Promise<T>,
  about: object = {},
): Promise<T> {
  let latest = about
  const tell = (progress: object) => {
    latest = { ...about, ...progress }
    heartbeat(latest)
  }
  tell({})
  const timer = setInterval(() => heartbeat(latest), BEAT_MS)
  try {
    return await work(tell, cancellationSignal())
  } catch (error) {
    // The SDK would tell the server of a cancellation that nobody ordered; the server would wait for the beats to fail.
    if (Context.current().cancellationDetails?.workerShutdown)
      throw ApplicationFailure.create({ type: WORKER_STOPPED, message: 'its worker was stopped: another goes on' })
    throw error
  } finally {
    clearInterval(timer)
  }
}

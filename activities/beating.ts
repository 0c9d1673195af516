import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity'

const BEATS_PER_TIMEOUT = 3

/**
 * Runs the work of an activity and beats while it runs, so that a dead worker is noticed and a cancellation arrives. The
 * details of every beat are the latest ones told: a beat without details would erase them.
 */
export async function beating<T>(
  work: (tell: (progress: unknown) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { heartbeatTimeoutMs } = activityInfo()
  let latest: unknown = null
  const tell = (progress: unknown) => {
    latest = progress
    heartbeat(latest)
  }
  tell(null)
  const timer = setInterval(() => heartbeat(latest), (heartbeatTimeoutMs ?? 30_000) / BEATS_PER_TIMEOUT)
  try {
    return await work(tell, cancellationSignal())
  } finally {
    clearInterval(timer)
  }
}

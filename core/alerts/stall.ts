import type { Observation } from '../../contracts/alert.ts'
import { adviceWhileRetrying } from '../../contracts/errors.ts'
import type { PendingFailure, RunStatus, StageStatus } from '../../contracts/run-status.ts'

const UNKNOWN_FAILURE = 'see "agent0 ps" and "agent0 logs"; once it is fixed, the run continues by itself'

/** Why a run makes no progress, as far as it is known, and what to do. */
export function stallReason(
  status: Pick<RunStatus, 'halted'> | null,
  stage: Pick<StageStatus, 'waitsFor'> | null,
  pendingFailures: readonly Omit<PendingFailure, 'nextTryAt'>[],
): Observation['stall'] {
  if (status?.halted != null)
    return {
      reason: `${status.halted.stage} is halted: ${status.halted.reason}`,
      advice: status.halted.advice,
    }
  if (stage?.waitsFor != null) return { reason: 'it waits for a person', advice: stage.waitsFor }
  const [failing] = pendingFailures
  if (failing !== undefined) {
    const { activity, count, attempts, reason, type } = failing
    const failed = attempts === 0 ? '' : ` (${attempts} failed ${attempts === 1 ? 'attempt' : 'attempts'})`
    const what = `${activity}${count === 1 ? '' : ` × ${count}`}${failed}`
    return {
      reason: `${what}: ${reason}`,
      advice: adviceWhileRetrying(type) ?? UNKNOWN_FAILURE,
    }
  }
  if (status === null)
    return { reason: 'no worker answers', advice: 'start the workers with "agent0 up"; "agent0 ps" shows what is down' }
  return {
    reason: 'no activity fails: what runs hangs, or is slow',
    advice:
      'see "agent0 ps" and "agent0 logs"; if a training step takes longer than this, raise alerts.noProgressMinutes',
  }
}

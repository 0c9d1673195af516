import type { Observation } from '../../contracts/alert.ts'
import type { PendingFailure, RunStatus, StageStatus } from '../../contracts/run-status.ts'

/** Why a run makes no progress, as far as it is known, and what to do. */
export function stallReason(
  status: Pick<RunStatus, 'halted'> | null,
  stage: Pick<StageStatus, 'waitsFor'> | null,
  pendingFailures: readonly Omit<PendingFailure, 'nextTryAt'>[],
): Observation['stall'] {
  if (status?.halted != null)
    return {
      reason: `${status.halted.stage} is halted: ${status.halted.reason}`,
      advice: 'mend it, then retry or skip it',
    }
  if (stage?.waitsFor != null) return { reason: 'a person is waited for', advice: stage.waitsFor }
  const [failing] = pendingFailures
  if (failing !== undefined) {
    const { activity, count, attempts, reason } = failing
    const failed = attempts === 0 ? '' : ` (${attempts} failed ${attempts === 1 ? 'attempt' : 'attempts'})`
    const what = `${activity}${count === 1 ? '' : ` × ${count}`}${failed}`
    return {
      reason: `${what}: ${reason}`,
      advice: 'mend what it names, with "agent0 ps" and "agent0 logs": the run then goes on by itself',
    }
  }
  if (status === null)
    return { reason: 'no worker answers', advice: 'start the workers with "agent0 up"; "agent0 ps" shows what is down' }
  return {
    reason: 'no activity fails, so what runs hangs or takes long',
    advice: 'see "agent0 ps" and "agent0 logs"; where a training step takes longer, raise alerts.noProgressMinutes',
  }
}

import { ApplicationFailure, Client, type ClientOptions } from '@temporalio/client'
import type { FailureType } from '../../contracts/errors.ts'
import { workflowTypes } from '../../contracts/messages.ts'

/** `PENDING_ACTIVITY_STATE_STARTED`. An attempt that is being cancelled is left to its heartbeat timeout: it must end as cancelled. */
const STARTED = 2
/** Workflows that are inspected; the attempts of others are left to their heartbeat timeouts. */
const LOOKED_AT_MAX = 500
const TYPES = Object.values(workflowTypes).map((type) => `"${type}"`)
const QUERY = `ExecutionStatus = "Running" AND WorkflowType IN (${TYPES.join(', ')})`
const WORKER_GONE: FailureType = 'Infra.WorkerStopped'

/**
 * Fails the attempts of dead workers, so that the server retries them at once: it would notice a missing heartbeat only after 20 seconds,
 * and an activity without heartbeats only after its whole timeout. Returns the number of attempts.
 */
export async function giveBackLostWork(
  server: Pick<ClientOptions, 'connection' | 'namespace'>,
  isGone: (identity: string) => boolean,
): Promise<number> {
  const client = new Client(server)
  const message = 'worker died; the activity will be retried'
  const lost = ApplicationFailure.create({ type: WORKER_GONE, message, nextRetryDelay: '1 millisecond' })
  /** Returns 0 if the server has noticed it already. */
  const giveBack = async (of: { workflowId: string; runId: string; activityId: string }): Promise<number> => {
    try {
      await client.activity.fail(of, lost)
      return 1
    } catch (error) {
      if ((error as Error).name === 'ActivityNotFoundError') return 0
      throw error
    }
  }
  let given = 0
  let looked = 0
  for await (const { workflowId, runId } of client.workflow.list({ query: QUERY })) {
    if (++looked > LOOKED_AT_MAX) break
    const { raw } = await client.workflow.getHandle(workflowId, runId).describe()
    const attempts = (raw.pendingActivities ?? []).flatMap(({ activityId, state, lastWorkerIdentity }) =>
      state === STARTED && activityId && isGone(lastWorkerIdentity ?? '') ? [{ workflowId, runId, activityId }] : [],
    )
    // All at once: one after another, 64 tasks in flight would take two seconds on a busy machine.
    for (const each of await Promise.all(attempts.map(giveBack))) given += each
  }
  return given
}

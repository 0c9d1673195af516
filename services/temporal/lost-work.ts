import { ApplicationFailure, Client, type ClientOptions } from '@temporalio/client'
import type { FailureType } from '../../contracts/errors.ts'

/** `PENDING_ACTIVITY_STATE_STARTED`. One whose end is asked for already is left to its beats: it must end as cancelled. */
const STARTED = 2
/** Workflows that are looked at; what lies behind these is left to its beats too. */
const LOOKED_AT_MAX = 500
const TYPES = ['evolution', 'onlineTraining', 'curation', 'evaluation', 'rolloutShard', 'glassBoxRollout']
const QUERY = `ExecutionStatus = "Running" AND WorkflowType IN (${TYPES.map((type) => `"${type}"`).join(', ')})`
const WORKER_GONE: FailureType = 'Infra.WorkerStopped'

/**
 * Has the server try again at once what workers were at that live no more: by missing beats it would learn it only after 20
 * seconds, and of a step that does not beat after its whole time. Gives how many attempts that were.
 */
export async function giveBackLostWork(
  server: Pick<ClientOptions, 'connection' | 'namespace'>,
  isGone: (identity: string) => boolean,
): Promise<number> {
  const client = new Client(server)
  const message = 'its worker has died: another goes on'
  // There is nothing to wait for.
  const lost = ApplicationFailure.create({ type: WORKER_GONE, message, nextRetryDelay: '1 millisecond' })
  /** 0 where the server has noticed it itself meanwhile. */
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
    // All at once: one after the other, those of a full window would take two seconds on a busy machine.
    for (const each of await Promise.all(attempts.map(giveBack))) given += each
  }
  return given
}

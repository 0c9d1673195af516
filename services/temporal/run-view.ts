import type { WorkflowExecutionDescription } from '@temporalio/client'
import { failureTypeIn } from '../../contracts/errors.ts'
import type { PendingFailure, RunStatus, ShardStatus, StageStatus } from '../../contracts/run-status.ts'
import { millisecondsOf } from './milliseconds.ts'
import { type RunClient, type RunEntry, workflowIdOf } from './run-client.ts'

/** What can be seen of a run at one moment. Times in milliseconds since 1970. */
export interface RunView {
  at: number
  entry: RunEntry
  /** Null if no worker answers. */
  status: RunStatus | null
  /** The running stage; null between stages, or if no worker answers. */
  stage: StageStatus | null
  /** The running shards that answer. */
  shards: ShardStatus[]
  pendingFailures: PendingFailure[]
  /** Ids of the workflows that were inspected: the run's, its stage's, those below it. */
  workflows: string[]
}

type Raw = WorkflowExecutionDescription['raw']

/** After this time in a queue no worker is free for it, or none is running. */
const QUEUED_LONG_MS = 15_000
/** Workflows of a run that are inspected: itself, its stage, shards, and some traced rollouts. */
const WORKFLOWS_MAX = 16

function pendingFailuresOf(raw: Raw, at: number): PendingFailure[] {
  const one = { count: 1, type: null, nextTryAt: null }
  const found = (raw.pendingActivities ?? []).flatMap((pending): PendingFailure[] => {
    const { activityType, attempt, lastFailure, scheduledTime, lastStartedTime, nextAttemptScheduleTime } = pending
    const activity = activityType?.name ?? 'an activity'
    if (lastFailure != null) {
      const next = millisecondsOf(nextAttemptScheduleTime)
      const nextTryAt = next !== null && next > at ? next : null
      const type = failureTypeIn(lastFailure.applicationFailureInfo?.type)
      return [{ ...one, activity, attempts: (attempt ?? 1) - 1, reason: lastFailure.message ?? '', type, nextTryAt }]
    }
    const queuedMs = at - (millisecondsOf(scheduledTime) ?? at)
    const isQueued = lastStartedTime == null && queuedMs > QUEUED_LONG_MS
    return isQueued ? [{ ...one, activity, attempts: 0, reason: 'no worker has taken it' }] : []
  })
  const { pendingWorkflowTask: task } = raw
  if ((task?.attempt ?? 1) < 2) return found
  const reason = 'the workflow itself fails, or its worker is down: see "agent0 logs worker-workflow"'
  return [...found, { ...one, activity: 'workflow', attempts: task!.attempt! - 1, reason }]
}

/** One entry for all activities of a kind with the same reason: a server that is down fails sixty tasks in the same way. */
function merged(pendingFailures: readonly PendingFailure[]): PendingFailure[] {
  const byKind = new Map<string, PendingFailure>()
  for (const failing of pendingFailures) {
    const key = `${failing.activity}: ${failing.reason}`
    const known = byKind.get(key)
    const times = [known?.nextTryAt, failing.nextTryAt].filter((time) => time != null)
    byKind.set(key, {
      ...failing,
      count: (known?.count ?? 0) + 1,
      attempts: Math.max(known?.attempts ?? 0, failing.attempts),
      nextTryAt: times.length === 0 ? null : Math.min(...times),
    })
  }
  return [...byKind.values()].toSorted((left, right) => right.count - left.count)
}

/** Inspects a workflow and those below it: their ids and pending failures. Needs no worker. */
async function lookBelow(
  runs: RunClient,
  root: string,
  at: number,
): Promise<Pick<RunView, 'workflows' | 'pendingFailures'>> {
  const pendingFailures: PendingFailure[] = []
  const workflows: string[] = []
  let level = [root]
  while (level.length > 0 && workflows.length < WORKFLOWS_MAX) {
    const looked = level.slice(0, WORKFLOWS_MAX - workflows.length)
    workflows.push(...looked)
    const described = await Promise.all(looked.map((id) => runs.describe(id)))
    const raws = described.flatMap((description) => description?.raw ?? [])
    pendingFailures.push(...raws.flatMap((raw) => pendingFailuresOf(raw, at)))
    level = raws.flatMap((raw) => (raw.pendingChildren ?? []).flatMap(({ workflowId }) => workflowId ?? []))
  }
  return { workflows, pendingFailures: merged(pendingFailures) }
}

/** Inspects a run; null if the server does not know it. */
export async function viewRun(runs: RunClient, run: string): Promise<RunView | null> {
  const entry = await runs.find(run)
  if (entry === null) return null
  const id = workflowIdOf(run)
  if (entry.ending !== null)
    return { at: Date.now(), entry, status: null, stage: null, shards: [], pendingFailures: [], workflows: [id] }
  const [status, below] = await Promise.all([runs.status<RunStatus>(id), lookBelow(runs, id, Date.now())])
  const stage = status?.stage ? await runs.status<StageStatus>(status.stage.workflowId) : null
  const shards = await Promise.all((stage?.shards ?? []).map((shard) => runs.status<ShardStatus>(shard)))
  return { at: Date.now(), entry, status, stage, shards: shards.filter((shard) => shard !== null), ...below }
}

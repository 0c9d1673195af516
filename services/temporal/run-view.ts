import type { WorkflowExecutionDescription } from '@temporalio/client'
import type { RunStatus, ShardStatus, StageStatus } from '../../contracts/run-status.ts'
import { millisecondsOf } from './milliseconds.ts'
import { type RunClient, type RunEntry, workflowIdOf } from './run-client.ts'

/** An activity that does not come to its end, or several of one kind with the same trouble. Times in ms since 1970. */
export interface Trouble {
  activity: string
  /** How many activities have it. */
  count: number
  /** Attempts of the one that has tried most often; 0 for one that no worker has taken. */
  attempts: number
  /** What the latest attempt ended with. */
  reason: string
  /** When one of them is tried again; null if an attempt is under way. */
  nextTryAt: number | null
}

/** All that can be seen of a run at a moment. Times in milliseconds since 1970. */
export interface RunView {
  at: number
  entry: RunEntry
  /** Null where no worker answers. */
  status: RunStatus | null
  /** The stage under way; null between stages, or where no worker answers. */
  stage: StageStatus | null
  /** The shards under way that answer. */
  shards: ShardStatus[]
  troubles: Trouble[]
  /** Ids of the workflows that were looked at: the run's, its stage's, those below it. */
  workflows: string[]
}

type Raw = WorkflowExecutionDescription['raw']

/** Longer than this in a queue: no worker is free for it, or none lives. */
const QUEUED_LONG_MS = 15_000
/** Workflows of a run that are looked at: itself, its stage, shards, and some tasks that run as workflows. */
const WORKFLOWS_MAX = 16

function troublesOf(raw: Raw, at: number): Trouble[] {
  const troubles = (raw.pendingActivities ?? []).flatMap((pending): Trouble[] => {
    const { activityType, attempt, lastFailure, scheduledTime, lastStartedTime, nextAttemptScheduleTime } = pending
    const activity = activityType?.name ?? 'an activity'
    if (lastFailure != null) {
      const next = millisecondsOf(nextAttemptScheduleTime)
      const nextTryAt = next !== null && next > at ? next : null
      return [{ activity, count: 1, attempts: (attempt ?? 1) - 1, reason: lastFailure.message ?? '', nextTryAt }]
    }
    const queuedMs = at - (millisecondsOf(scheduledTime) ?? at)
    const isQueued = lastStartedTime == null && queuedMs > QUEUED_LONG_MS
    return isQueued ? [{ activity, count: 1, attempts: 0, reason: 'no worker has taken it', nextTryAt: null }] : []
  })
  const { pendingWorkflowTask: task } = raw
  if ((task?.attempt ?? 1) < 2) return troubles
  const reason = 'the workflow itself fails, or its worker is down: see "agent0 logs worker-workflow"'
  return [...troubles, { activity: 'workflow', count: 1, attempts: task!.attempt! - 1, reason, nextTryAt: null }]
}

/** One entry for all activities of a kind with the same reason: a server that is down fails sixty tasks in one way. */
function merged(troubles: readonly Trouble[]): Trouble[] {
  const byKind = new Map<string, Trouble>()
  for (const trouble of troubles) {
    const key = `${trouble.activity}: ${trouble.reason}`
    const known = byKind.get(key)
    const times = [known?.nextTryAt, trouble.nextTryAt].filter((time) => time != null)
    byKind.set(key, {
      ...trouble,
      count: (known?.count ?? 0) + 1,
      attempts: Math.max(known?.attempts ?? 0, trouble.attempts),
      nextTryAt: times.length === 0 ? null : Math.min(...times),
    })
  }
  return [...byKind.values()].toSorted((left, right) => right.count - left.count)
}

/** A workflow and those below it, with what is the matter with their activities. Needs no worker. */
async function lookBelow(runs: RunClient, root: string, at: number): Promise<Pick<RunView, 'workflows' | 'troubles'>> {
  const troubles: Trouble[] = []
  const workflows: string[] = []
  let level = [root]
  while (level.length > 0 && workflows.length < WORKFLOWS_MAX) {
    const looked = level.slice(0, WORKFLOWS_MAX - workflows.length)
    workflows.push(...looked)
    const described = await Promise.all(looked.map((id) => runs.describe(id)))
    const raws = described.flatMap((description) => description?.raw ?? [])
    troubles.push(...raws.flatMap((raw) => troublesOf(raw, at)))
    level = raws.flatMap((raw) => (raw.pendingChildren ?? []).flatMap(({ workflowId }) => workflowId ?? []))
  }
  return { workflows, troubles: merged(troubles) }
}

/** Looks at a run; null if the server does not know it. */
export async function viewRun(runs: RunClient, run: string): Promise<RunView | null> {
  const entry = await runs.find(run)
  if (entry === null) return null
  const id = workflowIdOf(run)
  if (entry.ending !== null)
    return { at: Date.now(), entry, status: null, stage: null, shards: [], troubles: [], workflows: [id] }
  const [status, below] = await Promise.all([runs.status<RunStatus>(id), lookBelow(runs, id, Date.now())])
  const stage = status?.stage ? await runs.status<StageStatus>(status.stage.workflowId) : null
  const shards = await Promise.all((stage?.shards ?? []).map((shard) => runs.status<ShardStatus>(shard)))
  return { at: Date.now(), entry, status, stage, shards: shards.filter((shard) => shard !== null), ...below }
}

import { setHandler, workflowInfo } from '@temporalio/workflow'
import type { RunContext } from '../activities/services.ts'
import type { ProposeTasksInput } from '../activities/propose-tasks.ts'
import type { RolloutTaskInput, RolloutTaskResult } from '../activities/rollout-task.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { AnswerSampling } from '../contracts/config/rollout.ts'
import type { StepId } from '../contracts/ids.ts'
import { workflowTypes } from '../contracts/messages.ts'
import type { Policy } from '../contracts/policy.ts'
import type { Control } from '../contracts/run-status.ts'
import { staticTraceDetails } from '../core/temporal-ui/static-details.ts'
import { type Interval, union } from '../core/metrics/intervals.ts'
import type { Range } from '../core/loop/ranges.ts'
import { seededStream } from '../core/random/seeded-stream.ts'
import { nameFailure } from './failures.ts'
import type { tracedRollout } from './traced-rollout.ts'
import { mapConcurrent } from './map-concurrent.ts'
import { controlSignal, shardStatusQuery } from './messages.ts'
import { onRollout } from './proxies.ts'
import { ShardController } from './shard-controller.ts'
import { startChildOnce } from './start-child-once.ts'

/** The tasks of a shard: proposals that it generates first, or tasks of a manifest. */
export type ShardSource =
  | ({ kind: 'propose' } & Pick<
      ProposeTasksInput,
      'policy' | 'range' | 'blockSize' | 'proposalsPerPrompt' | 'sampling'
    >)
  | { kind: 'tasks'; tasks: ArtifactReference; range: Range }

export interface RolloutShardInput {
  context: RunContext
  step: StepId
  /** Its number in the step. */
  shard: number
  source: ShardSource
  /** The policy that answers, and how. */
  policy: Policy
  settings: AnswerSampling
  control: Control
  /** Shards that run at the same time: they share the tasks in flight. */
  siblings: number
  glassBox: { share: number; seed: number }
}

export interface RolloutShardResult {
  /** Null if the tasks came from a manifest. */
  proposals: ArtifactReference | null
  outcomes: ArtifactReference
  sampledTokens: number
  /** When requests of the shard were at the model servers, and when the last one ended. */
  requests: Interval[]
  sampledUntil: number
}

/** Rolls one task out: as one activity, or turn by turn in a child that people can read. */
async function rollOut(input: RolloutShardInput, tasks: ArtifactReference, index: number): Promise<RolloutTaskResult> {
  const { context, step, shard, policy, settings, glassBox } = input
  const task: RolloutTaskInput = { context, tasks, index, policy, settings }
  const name = `task ${index} × ${settings.samplesPerTask} samples`
  const isTraced = seededStream(glassBox.seed, `${step}/shard-${shard}/glass-box-${index}`).unit() < glassBox.share
  try {
    if (!isTraced) return await onRollout(name).rolloutTask(task)
    const workflowId = `${workflowInfo().workflowId}/task-${String(index).padStart(6, '0')}`
    const child = await startChildOnce<typeof tracedRollout>(workflowTypes.tracedRollout, {
      workflowId,
      args: [task],
      staticSummary: `${name}, turn by turn`,
      staticDetails: staticTraceDetails(workflowId),
    })
    return await child.result()
  } catch (error) {
    throw nameFailure(name, error)
  }
}

/** Rolls out at most 250 tasks, as many at a time as the run allows, and votes on their answers. */
export async function rolloutShard(input: RolloutShardInput): Promise<RolloutShardResult> {
  const { context, step, source, siblings } = input
  const controller = new ShardController(input.control)
  setHandler(controlSignal, (control) => controller.onControl(control), { description: 'pause, and tasks in flight' })
  setHandler(shardStatusQuery, () => controller.status, { description: 'tasks done, of how many' })

  if (source.kind === 'propose') controller.update('generate proposals')
  const proposed =
    source.kind === 'propose'
      ? await onRollout(`generate proposals ${source.range.from} to ${source.range.to - 1}`).proposeTasks({
          context,
          step,
          policy: source.policy,
          range: source.range,
          blockSize: source.blockSize,
          ...(source.proposalsPerPrompt !== undefined && { proposalsPerPrompt: source.proposalsPerPrompt }),
          sampling: source.sampling,
        })
      : null
  const tasks = proposed?.tasks ?? (source as ShardSource & { kind: 'tasks' }).tasks
  const range = source.kind === 'tasks' ? source.range : { from: 0, to: tasks.count }
  const indices = Array.from({ length: range.to - range.from }, (_, offset) => range.from + offset)

  controller.update('roll out', indices.length)
  const requests: Interval[] = [...(proposed?.requests ?? [])]
  await mapConcurrent(
    indices,
    () => Math.max(1, Math.floor(controller.control.tasksInFlight / siblings)),
    async (index) => ({ index, result: await rollOut(input, tasks, index) }),
    ({ index, result }) => {
      controller.taskDone(index, result.attempt)
      requests.push(...result.requests)
    },
    () => !controller.control.paused,
  )
  const sampledUntil = Date.now()
  controller.update('vote')
  const voted = await onRollout(`vote on ${indices.length} tasks`).voteOnTasks({ context, step, tasks, range })
  controller.update('done')
  const sampledTokens = voted.sampledTokens + (proposed?.sampledTokens ?? 0)
  return {
    proposals: proposed?.proposals ?? null,
    outcomes: voted.outcomes,
    sampledTokens,
    requests: union(requests),
    sampledUntil,
  }
}

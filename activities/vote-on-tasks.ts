import { rolloutsKey } from '../contracts/artifact-keys.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { StepId } from '../contracts/ids.ts'
import { Rollout } from '../contracts/rollout.ts'
import type { Range } from '../core/loop/ranges.ts'
import { outcomeOf, pairsOfTask } from '../core/loop/task-outcome.ts'
import { byDecisions } from '../core/voting/pairs-to-compare.ts'
import { withHeartbeat } from './with-heartbeat.ts'
import { tasksIn } from './records-cache.ts'
import type { RunContext, Services } from './services.ts'

export interface VoteOnTasksInput {
  context: RunContext
  step: StepId
  tasks: ArtifactReference
  range: Range
}

export interface VoteOnTasksResult {
  /** A `TaskOutcome` per task. */
  outcomes: ArtifactReference
  /** The rollouts as a table. */
  trajectories: ArtifactReference
  /** Tasks on which the largest class has most of the votes. */
  agreed: number
  sampledTokens: number
}

const AGREED = 0.5

/**
 * Compares the answers of a shard's rollouts, in one go: a vote per task, or agreement with the label that a task came with.
 * Equivalence is decided in the sandbox.
 */
export function voteOnTasks({ store, grader }: Pick<Services, 'store' | 'grader'>) {
  const rolloutsOf = async (task: string): Promise<Rollout[]> => {
    const reference = await store.find(rolloutsKey(task))
    if (reference === null) throw new Error(`${task} has no rollouts`)
    return store.getRecords(Rollout, reference)
  }
  return async ({ step, tasks, range }: VoteOnTasksInput): Promise<VoteOnTasksResult> =>
    withHeartbeat(async () => {
      const chosen = (await tasksIn(store, tasks)).slice(range.from, range.to)
      const rollouts = await Promise.all(chosen.map(({ id }) => rolloutsOf(id)))
      const answers = rollouts.map((samples) => samples.map(({ answer }) => answer))
      const pairs = chosen.flatMap((task, index) => pairsOfTask(task, answers[index]!))
      const compare = byDecisions(pairs, pairs.length === 0 ? [] : await grader.compare(pairs))
      const outcomes = chosen.map((task, index) => outcomeOf(task, rollouts[index]!, compare))
      // A step may have several manifests: proposals come in ranges, and a stage may both propose and solve.
      const [from, to] = [range.from, range.to].map((index) => String(index).padStart(6, '0'))
      const name = `${step}/tasks-${tasks.sha256.slice(0, 8)}-${from}-${to}`
      const [reference, trajectories] = await Promise.all([
        store.putRecords(`${name}-outcomes.jsonl`, outcomes),
        store.putTable(`${name}-trajectories.parquet`, 'trajectories', rollouts.flat()),
      ])
      return {
        outcomes: reference,
        trajectories,
        agreed: outcomes.filter(({ vote }) => vote !== null && vote.pHat > AGREED).length,
        sampledTokens: outcomes
          .flatMap(({ samples }) => samples)
          .reduce((sum, sample) => sum + sample.sampledTokens, 0),
      }
    })
}

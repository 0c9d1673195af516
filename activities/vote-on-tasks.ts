import { isDeepStrictEqual } from 'node:util'
import { type AnswerRules, GRADER_VERSION, gradingTag } from '../contracts/answer-rules.ts'
import { rolloutsKey } from '../contracts/artifact-keys.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { StepId } from '../contracts/ids.ts'
import { type RolloutTask, TaskOutcome } from '../contracts/loop-records.ts'
import type { Journal } from '../contracts/ports/index.ts'
import { Rollout } from '../contracts/rollout.ts'
import { Decided } from '../contracts/vote.ts'
import type { Range } from '../core/loop/ranges.ts'
import { outcomeOf, pairsOfTask } from '../core/loop/task-outcome.ts'
import { textsOf, trajectoryRow } from '../core/rollout/trajectory-row.ts'
import { readAgain } from '../core/scoring/regrade.ts'
import { byDecisions } from '../core/voting/pairs-to-compare.ts'
import { journaled } from './journaled.ts'
import { withHeartbeat } from './with-heartbeat.ts'
import { tasksIn } from './read-once.ts'
import { configOf, type RunContext, type Services } from './services.ts'

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

/** Tasks whose answers are compared at the same time. */
const TASKS_AT_ONCE = 8

/**
 * Compares the answers of a shard's rollouts: a vote per task, or agreement with the label that a task came with. Equivalence is
 * decided in the sandbox, and what was decided of a task is journaled: the next attempt does not decide it again, unless it has
 * another version of the grader, or other rules.
 */
export function voteOnTasks({ store, grader }: Pick<Services, 'store' | 'grader'>) {
  async function* rolloutsOf(task: string): AsyncGenerator<Rollout> {
    const reference = await store.find(rolloutsKey(task))
    if (reference === null) throw new Error(`${task} has no rollouts`)
    // A run that went on with another version reads its stored texts as that one does.
    for await (const rollout of store.readRecords(Rollout, reference)) yield readAgain(rollout)
  }

  async function answeredTo({ id }: RolloutTask): Promise<Rollout[]> {
    const rollouts: Rollout[] = []
    for await (const rollout of rolloutsOf(id)) rollouts.push(textsOf(rollout))
    return rollouts
  }

  async function decide(
    task: RolloutTask,
    rollouts: readonly Rollout[],
    rules: AnswerRules,
    journal: Journal,
  ): Promise<TaskOutcome> {
    const answers = rollouts.map(({ answer }) => answer)
    const pairs = pairsOfTask(task, answers, rules)
    if (pairs.length === 0) return outcomeOf(task, rollouts, byDecisions([], [], rules))
    const entry = `${task.id}/grader-${GRADER_VERSION}`
    const decided = async () => ({
      pairs,
      decisions: await grader.compare(pairs, rules),
      graderVersion: GRADER_VERSION,
    })
    const known = journal.entries().get(entry) ?? (await journal.putIfAbsent(entry, await decided()))
    const stands = journaled(Decided, known, 'the votes', task.id)
    const fits = isDeepStrictEqual(stands.pairs, pairs)
    return outcomeOf(task, rollouts, byDecisions(pairs, fits ? stands.decisions : (await decided()).decisions, rules))
  }

  async function decideAll(tasks: readonly RolloutTask[], rules: AnswerRules, key: string): Promise<TaskOutcome[]> {
    const outcomes: TaskOutcome[] = []
    const journal = await store.openJournal(key)
    try {
      for (let first = 0; first < tasks.length; first += TASKS_AT_ONCE) {
        const read: [task: RolloutTask, rollouts: Rollout[]][] = []
        // One after another: as they are stored, the rollouts of a task are megabytes.
        for (const task of tasks.slice(first, first + TASKS_AT_ONCE)) read.push([task, await answeredTo(task)])
        outcomes.push(...(await Promise.all(read.map(([task, rollouts]) => decide(task, rollouts, rules, journal)))))
      }
    } finally {
      await journal.close()
    }
    return outcomes
  }

  async function* trajectories(tasks: readonly RolloutTask[]): AsyncGenerator<Rollout> {
    for (const { id } of tasks) for await (const rollout of rolloutsOf(id)) yield trajectoryRow(rollout)
  }

  return async ({ context, step, tasks, range }: VoteOnTasksInput): Promise<VoteOnTasksResult> =>
    withHeartbeat(async () => {
      const chosen = (await tasksIn(store, tasks)).slice(range.from, range.to)
      // A step may have several manifests: proposals come in ranges, and a stage may propose and solve.
      const [from, to] = [range.from, range.to].map((index) => String(index).padStart(6, '0'))
      const name = `${step}/tasks-${tasks.sha256.slice(0, 8)}-${from}-${to}`
      const rules = (await configOf(store, context)).answers
      const key = `${name}-${gradingTag(rules)}-outcomes.jsonl`
      const found = await store.find(key)
      const outcomes = found === null ? await decideAll(chosen, rules, key) : await store.getRecords(TaskOutcome, found)
      return {
        trajectories: await store.putTable(`${name}-trajectories.parquet`, 'trajectories', trajectories(chosen)),
        // Last: once it stands, the journal is over.
        outcomes: found ?? (await store.putRecords(key, outcomes)),
        agreed: outcomes.filter(({ vote }) => vote !== null && vote.pHat > AGREED).length,
        sampledTokens: outcomes
          .flatMap(({ samples }) => samples)
          .reduce((sum, sample) => sum + sample.sampledTokens, 0),
      }
    })
}

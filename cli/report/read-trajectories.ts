import { decisionsKey, heldOutKey, outcomesKey, rolloutsKey } from '../../contracts/artifact-keys.ts'
import { CuratedTask } from '../../contracts/curated-task.ts'
import { iterationId, runId, stageId, stepId, type StageId, type StepId } from '../../contracts/ids.ts'
import { PoolDecision, TaskOutcome, TaskToAnswer } from '../../contracts/loop-records.ts'
import { Rollout } from '../../contracts/rollout.ts'
import type { StageSummary } from '../../contracts/stage-summary.ts'
import { type ChosenTask, chooseTasks, type HeldOut, type Pool } from '../../core/report/choose-tasks.ts'
import type { RunArtifacts } from '../../core/report/run-report.ts'
import type { ArtifactStore } from '../../infra/services/open-store.ts'
import { references } from './read-run.ts'

/** A task with one of its rollouts in full. */
export interface Trajectory extends ChosenTask {
  outcome: TaskOutcome
  /** The right answer, where the task came with one. */
  truth: string | null
  /** Index of the rollout: the first that gave the label, else the first. */
  sample: number
  rollout: Rollout
}

/** The step of an evaluation that answers the held-out tasks. */
const HELD_OUT_STEP = 1

const parentOf = (id: string) => id.slice(0, id.lastIndexOf('/'))

async function outcomesOf(store: ArtifactStore, step: StepId): Promise<TaskOutcome[]> {
  const shards = await references(store, 0, (shard) => outcomesKey(step, shard))
  return (await Promise.all(shards.map((reference) => store.getRecords(TaskOutcome, reference)))).flat()
}

/** Every finished stage of one kind, with its id. */
function stagesOf<K extends StageSummary['kind']>({ run, iterations }: RunArtifacts, kind: K) {
  return iterations.flatMap(({ summary: { iteration }, stages }) =>
    stages
      .filter((each): each is Extract<StageSummary, { kind: K }> => each.kind === kind)
      .map((summary) => ({ summary, iteration, stage: stageId(iterationId(runId(run), iteration), summary.stage) })),
  )
}

async function poolsOf(store: ArtifactStore, artifacts: RunArtifacts): Promise<Pool[]> {
  const pools = stagesOf(artifacts, 'curation').map(async ({ summary, iteration, stage }) => {
    const decisions = await store.find(decisionsKey(stage, summary.tally.proposals.asked))
    return {
      iteration,
      decisions: decisions === null ? [] : await store.getRecords(PoolDecision, decisions),
      tasks: await store.getRecords(CuratedTask, summary.tasks),
    }
  })
  return Promise.all(pools)
}

async function heldOutOf(store: ArtifactStore, artifacts: RunArtifacts): Promise<HeldOut[]> {
  const evaluations = stagesOf(artifacts, 'evaluation')
  const ends = evaluations.filter((_, index) => index === 0 || index === evaluations.length - 1)
  const read = ends.map(async ({ iteration, stage }) => ({
    iteration,
    outcomes: await outcomesOf(store, stepId(stage, HELD_OUT_STEP)),
  }))
  return Promise.all(read)
}

async function truthOf(store: ArtifactStore, task: string): Promise<string | null> {
  const reference = await store.find(heldOutKey(parentOf(parentOf(task)) as StageId))
  const tasks = reference === null ? [] : await store.getRecords(TaskToAnswer, reference)
  return tasks.find(({ id }) => id === task)?.truth ?? null
}

/** The rollouts that a report shows in full; which ones is `chooseTasks`' rule. */
export async function readTrajectories(store: ArtifactStore, artifacts: RunArtifacts): Promise<Trajectory[]> {
  const [pools, heldOut] = await Promise.all([poolsOf(store, artifacts), heldOutOf(store, artifacts)])
  const chosen = chooseTasks(pools, heldOut)
  const steps = [...new Set(chosen.map(({ task }) => parentOf(task) as StepId))]
  const outcomes = (await Promise.all(steps.map((step) => outcomesOf(store, step)))).flat()
  const shown = chosen.map(async (choice): Promise<Trajectory[]> => {
    const outcome = outcomes.find(({ id }) => id === choice.task)
    const stored = await store.find(rolloutsKey(choice.task))
    if (outcome === undefined || stored === null) return []
    const gaveLabel = outcome.samples.findIndex(({ answer }) => answer !== null && answer === outcome.vote?.label)
    const sample = Math.max(0, gaveLabel)
    const rollout = (await store.getRecords(Rollout, stored))[sample]!
    return [{ ...choice, outcome, truth: await truthOf(store, choice.task), sample, rollout }]
  })
  return (await Promise.all(shown)).flat()
}

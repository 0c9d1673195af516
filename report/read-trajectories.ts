import { rolloutsKey } from '../contracts/artifact-keys.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import { CuratedTask } from '../contracts/curated-task.ts'
import { iterationId, runId, stageId, stepId, type StageId } from '../contracts/ids.ts'
import { FilterDecision, RolloutTask, type TaskOutcome } from '../contracts/loop-records.ts'
import { Rollout } from '../contracts/rollout.ts'
import type { StageSummary } from '../contracts/stage-summary.ts'
import { type ChosenTask, chooseTasks, type HeldOut, type Pool } from '../core/report/choose-tasks.ts'
import type { RunArtifacts } from '../core/report/run-report.ts'
import type { ArtifactStore } from '../services/artifact-store/open.ts'
import { artifactsBelow, outcomesOf, parentOf, recordsBelow } from './stored-steps.ts'

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

/** Every finished stage of one kind, with its id. */
function stagesOf<K extends StageSummary['kind']>({ run, iterations }: RunArtifacts, kind: K) {
  return iterations.flatMap(({ summary: { iteration }, stages }) =>
    stages
      .filter((each): each is Extract<StageSummary, { kind: K }> => each.kind === kind)
      .map((summary) => ({ summary, iteration, stage: stageId(iterationId(runId(run), iteration), summary.stage) })),
  )
}

/** The decisions that lie beside the data set of a pool. A pool that grew has left files of each of its sizes. */
async function decisionsOf(store: ArtifactStore, stage: StageId, tasks: ArtifactReference, proposals: number) {
  const dataSets = await artifactsBelow(store, stage, /-tasks\.jsonl$/)
  const beside = dataSets.filter(({ reference }) => reference.sha256 === tasks.sha256)
  const decisions = await Promise.all(
    beside.map(({ key }) => store.find(key.replace(/tasks(?=\.jsonl$)/, 'decisions'))),
  )
  const found = decisions.find((reference) => reference?.count === proposals)
  return found ? store.getRecords(FilterDecision, found) : []
}

async function poolsOf(store: ArtifactStore, artifacts: RunArtifacts): Promise<Pool[]> {
  const pools = stagesOf(artifacts, 'curation').map(async ({ summary: { tasks, tally }, iteration, stage }) => ({
    iteration,
    decisions: await decisionsOf(store, stage, tasks, tally.proposals.asked),
    tasks: await store.getRecords(CuratedTask, tasks),
  }))
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

/** Evaluations alone know truths. */
async function truthOf(store: ArtifactStore, { id, question }: TaskOutcome): Promise<string | null> {
  const heldOut = await recordsBelow(store, RolloutTask, parentOf(parentOf(id)), /\/held-out[^/]*\.jsonl$/)
  return heldOut.find((task) => task.id === id && task.question === question)?.truth ?? null
}

/** The rollouts that a report shows in full; which ones is `chooseTasks`' rule. */
export async function readTrajectories(store: ArtifactStore, artifacts: RunArtifacts): Promise<Trajectory[]> {
  const [pools, heldOut] = await Promise.all([poolsOf(store, artifacts), heldOutOf(store, artifacts)])
  const chosen = chooseTasks(pools, heldOut)
  const steps = [...new Set(chosen.map(({ task }) => parentOf(task)))]
  const outcomes = (await Promise.all(steps.map((step) => outcomesOf(store, step)))).flat()
  const shown = chosen.map(async (choice): Promise<Trajectory[]> => {
    const outcome = outcomes.find(({ id }) => id === choice.task)
    const stored = await store.find(rolloutsKey(choice.task))
    if (outcome === undefined || stored === null) return []
    const gaveLabel = outcome.samples.findIndex(({ answer }) => answer !== null && answer === outcome.vote?.label)
    const sample = Math.max(0, gaveLabel)
    const rollout = (await store.getRecords(Rollout, stored))[sample]!
    return [{ ...choice, outcome, truth: await truthOf(store, outcome), sample, rollout }]
  })
  return (await Promise.all(shown)).flat()
}

import { rolloutsKey } from '../contracts/artifact-keys.ts'
import { CuratedTask } from '../contracts/curated-task.ts'
import { parseId } from '../contracts/ids.ts'
import { FilterDecision, RolloutTask, type TaskOutcome } from '../contracts/loop-records.ts'
import type { Grader } from '../contracts/ports/index.ts'
import { Rollout } from '../contracts/rollout.ts'
import { Proposal } from '../contracts/task.ts'
import { curate } from '../core/loop/curate.ts'
import { rewardsOfProposals, solutionReward } from '../core/loop/score-part.ts'
import { outcomeOf, pairsOfTask } from '../core/loop/task-outcome.ts'
import { recipes } from '../core/recipes/index.ts'
import type { RunArtifacts } from '../core/report/run-report.ts'
import { textsOf } from '../core/rollout/trajectory-row.ts'
import {
  type Change,
  changesOfPool,
  changesOfRewards,
  changesOfTask,
  proposalAgain,
  readAgain,
} from '../core/scoring/regrade.ts'
import { byDecisions } from '../core/voting/pairs-to-compare.ts'
import type { ArtifactStore } from '../services/artifact-store/open.ts'
import { artifactsBelow, outcomesOf, parentOf, recordsBelow } from './stored-steps.ts'

/** Tasks whose rollouts are in memory at the same time. */
const TASKS_AT_ONCE = 8

/** A step of a run, graded again. */
export interface StepAgain {
  /** Id of the step. */
  step: string
  tasks: number
  rollouts: number
  changes: Change[]
  /** Proposals that are another question today, or are one only today: they would have to be answered first. */
  needsSamples: string[]
  /** False while answers are missing: then there are no rewards yet. */
  isWhole: boolean
}

interface TaskAgain {
  before: TaskOutcome
  after: TaskOutcome
  /** Their texts, by sample. */
  rollouts: Rollout[]
}

type Config = RunArtifacts['config']
type Stage = (typeof recipes)[Config['recipe']]['stages'][number]

/** The steps that have votes, in order of their ids. */
async function stepsOf(store: ArtifactStore, run: string): Promise<string[]> {
  const steps = (await store.list(run)).filter((key) => key.endsWith('-outcomes.jsonl')).map(parentOf)
  return [...new Set(steps)].toSorted()
}

/** The tasks of an evaluation with their truths, by id. */
async function truthsOf(store: ArtifactStore, step: string): Promise<Map<string, RolloutTask>> {
  const tasks = await recordsBelow(store, RolloutTask, parentOf(step), /\/(held-out|frozen-executor)[^/]*\.jsonl$/)
  return new Map(tasks.map((task) => [task.id, task]))
}

async function taskAgain(
  store: ArtifactStore,
  grader: Grader,
  { answers: rules }: Config,
  before: TaskOutcome,
  truths: ReadonlyMap<string, RolloutTask>,
): Promise<TaskAgain> {
  const stored = await store.find(rolloutsKey(before.id))
  if (stored === null)
    throw new Error(`${before.id} has an outcome and no rollouts: the store lacks ${rolloutsKey(before.id)}`)
  const rollouts: Rollout[] = []
  for await (const rollout of store.readRecords(Rollout, stored)) rollouts.push(textsOf(readAgain(rollout)))
  const { id, question, label, pHat } = before
  const known = truths.get(id)
  const task: RolloutTask = { id, question, label, pHat, truth: known?.question === question ? known.truth : null }
  const answers = rollouts.map(({ answer }) => answer)
  const pairs = pairsOfTask(task, answers, rules)
  const decisions = pairs.length === 0 ? [] : await grader.compare(pairs, rules)
  const after = outcomeOf(task, rollouts, byDecisions(pairs, decisions, rules))
  return { before, after, rollouts }
}

/** A step's proposals, in their order. Ranges that a changed config made overlap hold the same ones. */
async function proposalsOf(store: ArtifactStore, step: string): Promise<Proposal[]> {
  const found = await recordsBelow(store, Proposal, step, /\/proposals-\d+-\d+\.jsonl$/)
  const byId = new Map(found.map((proposal) => [proposal.id as string, proposal]))
  return [...byId.values()].toSorted((left, right) => (left.id < right.id ? -1 : 1))
}

/** The outcomes of the proposals that are well formed. */
const ofProposals = (proposals: readonly Proposal[], outcomes: readonly TaskOutcome[]) => {
  const wellFormed = new Set(proposals.flatMap(({ id, parsed }) => (parsed.kind === 'well_formed' ? [id] : [])))
  return outcomes.filter(({ id }) => wellFormed.has(id))
}

function rewardChanges(
  config: Config,
  stage: Stage,
  tasks: readonly TaskAgain[],
  before: readonly Proposal[],
  after: readonly Proposal[],
): Change[] {
  if (stage.kind !== 'online-training') return []
  return stage.parts.flatMap((part): Change[] => {
    if (part.kind === 'solve') {
      const solved = tasks.filter(({ before: { label } }) => label !== null)
      return solved.flatMap((task) => {
        const rewards = (outcome: TaskOutcome) =>
          task.rollouts.map((rollout, sample) => solutionReward(config, part, outcome, sample, rollout))
        return changesOfRewards(task.before.id, rewards(task.before), rewards(task.after))
      })
    }
    const rewards = (proposals: readonly Proposal[], outcomes: TaskOutcome[]) =>
      rewardsOfProposals(config, part, proposals, ofProposals(proposals, outcomes)).map(({ total }) => total)
    const was = rewards(
      before,
      tasks.map((task) => task.before),
    )
    const is = rewards(
      after,
      tasks.map((task) => task.after),
    )
    return before.flatMap(({ id }, index) => changesOfRewards(id, [was[index]!], [is[index]!]))
  })
}

/** The decisions about a pool at its latest size; of several configs, those of the recorded data set. */
async function latestDecisions(store: ArtifactStore, { iterations }: RunArtifacts, stage: string) {
  const all = await artifactsBelow(store, stage, /\/pool-[^/]*-decisions\.jsonl$/)
  const most = Math.max(0, ...all.map(({ reference }) => reference.count))
  const latest = all.filter(({ reference }) => reference.count === most)
  const recorded = iterations
    .flatMap(({ stages }) => stages)
    .flatMap((each) => (each.kind === 'curation' ? [each.tasks.sha256] : []))
  for (const { key, reference } of latest) {
    const tasks = await store.find(key.replace(/decisions(?=\.jsonl$)/, 'tasks'))
    if (tasks !== null && recorded.includes(tasks.sha256)) return store.getRecords(FilterDecision, reference)
  }
  const last = latest.at(-1)
  return last === undefined ? [] : store.getRecords(FilterDecision, last.reference)
}

async function poolChanges(
  store: ArtifactStore,
  artifacts: RunArtifacts,
  stage: Stage,
  step: string,
  proposals: readonly Proposal[],
  outcomes: readonly TaskOutcome[],
): Promise<Change[]> {
  if (stage.kind !== 'curation') return []
  const before = await latestDecisions(store, artifacts, parentOf(step))
  const decided = new Set(before.map(({ id }) => id))
  const pool = proposals.filter(({ id }) => decided.has(id))
  const iteration = Number(/\/iter-(\d+)\//.exec(step)![1])
  const earlier = artifacts.iterations
    .filter(({ summary }) => summary.iteration < iteration)
    .flatMap(({ stages }) => stages.flatMap((each) => (each.kind === 'curation' ? [each.tasks] : [])))
  const archive = (await Promise.all(earlier.map((tasks) => store.getRecords(CuratedTask, tasks)))).flat()
  const filter = stage.filter(
    artifacts.config,
    archive.map(({ question }) => question),
  )
  return changesOfPool(before, curate(filter, pool, ofProposals(pool, outcomes)).decisions)
}

function stageIn({ config }: RunArtifacts, step: string): Stage {
  const parsed = parseId(step)
  const name = parsed.ok ? parsed.parts.stage : undefined
  const stage = recipes[config.recipe].stages.find((each) => each.name === name)
  if (stage === undefined) throw new Error(`${step}: the recipe ${config.recipe} has no such stage`)
  return stage
}

/**
 * Reads a run's stored texts again with today's code and its newest config, and compares them with what is stored, step by
 * step: answers, votes, labels, rewards, and which tasks are in the data sets. Each step is held against what is stored of the
 * steps before it. Nothing is written, and nothing is sampled.
 */
export async function* regradeRun(
  store: ArtifactStore,
  artifacts: RunArtifacts,
  grader: Grader,
): AsyncGenerator<StepAgain> {
  const { config, run } = artifacts
  for (const step of await stepsOf(store, run)) {
    const stage = stageIn(artifacts, step)
    const truths = await truthsOf(store, step)
    const tasks: TaskAgain[] = []
    const outcomes = await outcomesOf(store, step)
    for (let first = 0; first < outcomes.length; first += TASKS_AT_ONCE) {
      const some = outcomes.slice(first, first + TASKS_AT_ONCE)
      tasks.push(...(await Promise.all(some.map((before) => taskAgain(store, grader, config, before, truths)))))
    }
    const stored = await proposalsOf(store, step)
    const again = stored.map((each) =>
      proposalAgain(each, recipes[config.recipe].readProposal(config, each.generation.text)),
    )
    const proposals = again.map(({ proposal }) => proposal)
    const isWhole =
      ofProposals(
        stored,
        tasks.map(({ before }) => before),
      ).length === stored.filter(isWellFormed).length
    const changes = [
      ...again.flatMap((each) => each.changes),
      ...tasks.flatMap(({ before, after }) => changesOfTask(before, after)),
      ...(await poolChanges(
        store,
        artifacts,
        stage,
        step,
        proposals,
        tasks.map(({ after }) => after),
      )),
      ...(isWhole ? rewardChanges(config, stage, tasks, stored, proposals) : []),
    ]
    const needsSamples = again.flatMap((each) => (each.needsSamples ? [each.proposal.id] : []))
    const rollouts = tasks.reduce((sum, { before }) => sum + before.samples.length, 0)
    yield { step, tasks: tasks.length, rollouts, changes, needsSamples, isWhole }
  }
}

const isWellFormed = ({ parsed }: Proposal) => parsed.kind === 'well_formed'

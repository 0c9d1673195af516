import { drawStepTasks } from '../../activities/draw-step-tasks.ts'
import { filterPool } from '../../activities/filter-pool.ts'
import { proposeTasks } from '../../activities/propose-tasks.ts'
import { rolloutTask } from '../../activities/rollout-task.ts'
import { scoreStep } from '../../activities/score-step.ts'
import type { RunContext, Services } from '../../activities/services.ts'
import { generateTurn } from '../../activities/traced-rollout.ts'
import { voteOnTasks } from '../../activities/vote-on-tasks.ts'
import { rolloutsKey } from '../../contracts/artifact-keys.ts'
import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import type { AnswerSampling } from '../../contracts/config/rollout.ts'
import { iterationId, runId, stageId, stepId, type StepId } from '../../contracts/ids.ts'
import { TaskOutcome } from '../../contracts/loop-records.ts'
import { Rollout } from '../../contracts/rollout.ts'
import type { RunConfig } from '../../contracts/run-config.ts'
import { Proposal } from '../../contracts/task.ts'
import type { Trajectory } from '../../report/read-trajectories.ts'
import { asActivity } from './activity-rig.ts'
import { unsafe } from './leaving-texts.ts'
import { aPolicy } from './policies.ts'

/** What a round through the loop leaves. */
export interface Round {
  proposals: Proposal[]
  outcomes: TaskOutcome[]
  rollouts: Rollout[]
  rows: number
  kept: number
}

const policy = aPolicy(0, null)
const stageStart = { step: 0, checkpoint: null }

/**
 * The way of a text through the loop, by the real activities: proposals, answers turn by turn, votes, filter, rewards and tables, and the
 * executor's step on what was kept.
 */
export class AnyTextWay {
  readonly #services: Services
  readonly #config: RunConfig
  readonly #context: RunContext

  constructor(services: Services, config: RunConfig, context: RunContext) {
    this.#services = services
    this.#config = config
    this.#context = context
  }

  /** One round, in an iteration of its own. */
  async round(iteration: number): Promise<Round> {
    const [services, context, config] = [this.#services, this.#context, this.#config]
    const stepOf = (stage: string) => stepId(stageId(iterationId(runId(config.name), iteration), stage), 1)
    const step = stepOf('curriculum')
    const { groupsPerStep, groupSize, sampling, answers } = config.curriculum
    const range = { from: 0, to: groupsPerStep * groupSize }
    const proposed = await asActivity(proposeTasks(services), {
      context,
      step,
      policy,
      range,
      blockSize: groupSize,
      sampling,
    }).result
    const outcomes = await this.#answered(step, proposed.tasks, answers)
    const part = { proposals: [proposed.proposals], outcomes: [outcomes] }
    const scored = await scoreStep(services)({ context, step, stage: 'curriculum', parts: [part], stageStart })
    const stage = stageId(iterationId(runId(config.name), iteration), 'curation')
    const pool = await filterPool(services)({ context, stage, name: 'curation', ...part, archive: [] })
    const solved = pool.tasks.count === 0 ? null : await this.#solved(stepOf('executor'), pool.tasks)
    const tables = [scored.batch, ...(solved === null ? [] : [solved.batch])]
    const rows = await Promise.all(tables.map((batch) => services.store.getTable('training', batch)))
    const all = [outcomes, ...(solved === null ? [] : [solved.outcomes])]
    const read = (await Promise.all(all.map((reference) => services.store.getRecords(TaskOutcome, reference)))).flat()
    return {
      proposals: await services.store.getRecords(Proposal, proposed.proposals),
      outcomes: read,
      rollouts: (await Promise.all(read.map(({ id }) => this.#rolloutsOf(id)))).flat(),
      rows: rows.flat().length,
      kept: pool.tasks.count,
    }
  }

  async #solved(step: StepId, dataSet: ArtifactReference) {
    const [services, context] = [this.#services, this.#context]
    const stage = step.split('/').slice(0, -1).join('/') as ReturnType<typeof stageId>
    const tasks = await drawStepTasks(services)({ context, stage, dataSet, steps: 1, tasksPerStep: 2 })
    const { sampling, groupSize: samplesPerTask } = this.#config.executor
    const outcomes = await this.#answered(step, tasks, { samplesPerTask, tool: 'python', sampling })
    const parts = [{ proposals: [], outcomes: [outcomes] }]
    const { batch } = await scoreStep(services)({ context, step, stage: 'executor', parts, stageStart })
    return { outcomes, batch }
  }

  /** Rolls all tasks out, every fourth turn by turn as far as its first turn, and votes. */
  async #answered(step: StepId, tasks: ArtifactReference, settings: AnswerSampling): Promise<ArtifactReference> {
    const [services, context] = [this.#services, this.#context]
    for (let index = 0; index < tasks.count; index++) {
      const input = { context, tasks, index, policy, settings }
      if (index % 4 === 0) {
        const { shows } = await asActivity(generateTurn(services), { ...input, sample: 0 }).result
        const problem = unsafe(shows, 1_000)
        if (problem !== null) throw new Error(`a traced turn shows ${problem}`)
      }
      await asActivity(rolloutTask(services), input).result
    }
    const input = { context, step, tasks, range: { from: 0, to: tasks.count } }
    const voted = await asActivity(voteOnTasks(services), input).result
    const table = await services.store.getTable('trajectories', voted.trajectories)
    if (table.length !== tasks.count * settings.samplesPerTask) throw new Error(`a table of ${table.length} rows`)
    return voted.outcomes
  }

  async #rolloutsOf(task: string): Promise<Rollout[]> {
    return this.#services.store.getRecords(Rollout, (await this.#services.store.find(rolloutsKey(task)))!)
  }
}

/** What a report would show of an outcome with its first rollout. */
export function trajectoryOf(outcome: TaskOutcome, rollouts: readonly Rollout[]): Trajectory {
  const rollout = rollouts.find(({ id }) => id.startsWith(`${outcome.id}/`))!
  return {
    because: 'kept, most divided',
    iteration: 1,
    task: outcome.id,
    truth: outcome.label,
    sample: 0,
    rollout,
    outcome,
  }
}

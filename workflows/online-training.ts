import { ApplicationFailure, continueAsNew, workflowInfo } from '@temporalio/workflow'
import type { PartArtifacts } from '../activities/score-step.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { FailureType } from '../contracts/errors.ts'
import { stepId, type StepId } from '../contracts/ids.ts'
import type { Policy } from '../contracts/policy.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import { lineageOf, lineageStart, namedPolicy } from '../core/loop/evolution.ts'
import { latestNumbers } from '../core/loop/latest-numbers.ts'
import { splitRange } from '../core/loop/ranges.ts'
import { addTallies } from '../core/metrics/add-tallies.ts'
import type { OnlineTrainingStage } from '../core/recipes/recipe.ts'
import { stageOf } from '../core/recipes/index.ts'
import { onBookkeeping, onRollout, onTraining } from './proxies.ts'
import { SHARD_TASKS_MAX, type ShardSpec } from './shards.ts'
import { handleStageMessages, StageController } from './stage-controller.ts'
import { currentInput, type StageInput, type StageResult } from './stage-input.ts'
import { policiesInUse, progressOf } from './training-progress.ts'

type Part = OnlineTrainingStage<RunConfig>['parts'][number]

/** A history longer than this is splitRange at the next step: replay then takes less than a second. */
const EVENTS_MAX = 1_400

/** Digest of a policy's weights; null for the base model. */
const checkpointOf = ({ version, checkpoint }: Policy) => (version === 0 ? null : checkpoint)

const NO_TASKS: FailureType = 'Agent0.Missing'

/** The tasks of all steps, by part; null for a part that proposes. */
function drawTasks(
  { context, config, state, stage, curated }: StageInput,
  parts: readonly Part[],
  steps: number,
): Promise<(ArtifactReference | null)[]> {
  const drawn = parts.map(async (part) => {
    if (part.kind === 'propose') return null
    const dataSet = curated?.tasks ?? state.archive.at(-1)
    if (dataSet === undefined)
      throw ApplicationFailure.nonRetryable(`${stage} has no tasks to train on: ${part.tasksFrom} kept none`, NO_TASKS)
    const tasksPerStep = part.batch(config).groups
    const input = { context, stage, dataSet, steps, tasksPerStep }
    return onBookkeeping(`draw ${steps} × ${tasksPerStep} tasks`).drawStepTasks(input)
  })
  return Promise.all(drawn)
}

/** The shards of one part of a step. */
function planShards(
  input: StageInput,
  part: Part,
  step: { id: StepId; number: number },
  tasks: ArtifactReference | null,
  current: Policy,
): ShardSpec[] {
  const { context, config, state } = input
  const { groups, groupSize, sampling } = part.batch(config)
  const common = { context, step: step.id, glassBox: { share: config.rollout.traceShare, seed: config.seed } }
  if (part.kind === 'propose') {
    const policy = state.policies[part.answeredBy]!
    const settings = part.answers(config)
    return splitRange({ from: 0, to: groups * groupSize }, SHARD_TASKS_MAX, groupSize).map((range) => ({
      ...common,
      policy,
      settings,
      source: { kind: 'propose', policy: current, range, blockSize: groupSize, sampling },
      summary: `step ${step.number}: proposals ${range.from} to ${range.to - 1}, each answered ${settings.samplesPerTask} times`,
    }))
  }
  const first = (step.number - 1) * groups
  return splitRange({ from: first, to: first + groups }, SHARD_TASKS_MAX).map((range) => ({
    ...common,
    policy: current,
    settings: { samplesPerTask: groupSize, tool: 'python', sampling },
    source: { kind: 'tasks', tasks: tasks!, range },
    summary: `step ${step.number}: tasks ${range.from} to ${range.to - 1}, ${groupSize} rollouts each`,
  }))
}

/** Samples the parts of a step, one after the other. */
async function sampleParts(controller: StageController, doing: string, parts: readonly ShardSpec[][]) {
  const artifacts: PartArtifacts[] = []
  for (const specs of parts) {
    const shards = await controller.runShards(doing, specs)
    artifacts.push({
      proposals: shards.flatMap(({ proposals }) => proposals ?? []),
      outcomes: shards.map(({ outcomes }) => outcomes),
    })
  }
  return artifacts
}

/** Repeats: sample, vote, score, train, publish. Each step samples with the weights of the step before. */
export async function onlineTraining(given: StageInput): Promise<StageResult> {
  const input = currentInput(given)
  const { context, config, state, name } = input
  const stage = stageOf(config, name, 'online-training')
  const steps = stage.steps(config)
  const lineage = lineageOf(context.run, stage.role)
  const start = state.policies[stage.role]!
  const { steps: stepsBefore, setAside } = lineageStart(state, stage.role)
  const stageStart = { step: stepsBefore, checkpoint: checkpointOf(start) }
  const controller = new StageController(input, { done: 0, total: steps })
  handleStageMessages(controller)
  let { step, policy, tally, sampledTokens } = await progressOf(input)
  controller.update({ steps: { done: step, total: steps }, sampledTokens })
  const drawn = await drawTasks(input, stage.parts, steps)

  while (step < steps) {
    if (!(await controller.waitUntilRunnable()))
      return { kind: 'stopped', after: `step ${step} of ${steps} of ${name}` }
    const { historyLength, continueAsNewSuggested } = workflowInfo()
    if (historyLength > EVENTS_MAX || continueAsNewSuggested)
      await continueAsNew<typeof onlineTraining>({
        ...input,
        control: controller.control,
        serverUse: controller.serverUse,
      })
    step++
    const of = `step ${step} of ${steps}`
    const id = stepId(input.stage, step)
    const specs = stage.parts.map((part, index) => planShards(input, part, { id, number: step }, drawn[index]!, policy))
    const parts = await sampleParts(controller, `${of}: sample and vote`, specs)
    controller.update({ doing: `${of}: score` })
    const scored = await onBookkeeping(`${of}: score, and write the batch`).scoreStep({
      context,
      step: id,
      stage: name,
      parts,
      stageStart,
    })
    controller.update({ doing: `${of}: train` })
    const { batch, config: stepConfig } = scored
    const number = stepsBefore + step
    const trained = await onTraining(`${of}: train ${stage.role} on ${batch.count} rows`).trainStep({
      context,
      id,
      lineage,
      step: number,
      parent: checkpointOf(policy),
      // The stage's first step makes the head that those behind it start from.
      ...(step === 1 && setAside !== undefined && { setAside }),
      batch,
      config: stepConfig,
      scored: scored.tally,
      sampledTokens: controller.sampledTokens - sampledTokens,
    })
    sampledTokens = controller.sampledTokens
    const keep = policiesInUse(state, policy)
    policy = namedPolicy(context.run, stage.role, number, trained.checkpoint, trained.folder)
    controller.update({ doing: `${of}: publish ${policy.name}` })
    await onRollout(`publish ${policy.name}`).publishPolicy({ context, policy, record: trained.record, keep })
    tally = addTallies(tally, trained.tally)
    controller.update({ steps: { done: step, total: steps }, latest: latestNumbers(trained.tally) })
  }
  controller.update({ doing: 'done' })
  return {
    kind: 'done',
    summary: { kind: 'online-training', stage: name, role: stage.role, checkpoint: policy.checkpoint, tally },
    effect: { kind: 'trained', role: stage.role, policy, sampledTokens },
    curated: input.curated,
    serverUse: controller.serverUse,
  }
}

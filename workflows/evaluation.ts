import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { AnswerSampling } from '../contracts/config/rollout.ts'
import { stepId } from '../contracts/ids.ts'
import type { Policy } from '../contracts/policy.ts'
import { splitRange } from '../core/loop/ranges.ts'
import { stageOf } from '../core/recipes/index.ts'
import { onBookkeeping, onRollout } from './proxies.ts'
import { SHARD_TASKS_MAX, type ShardSpec } from './shards.ts'
import { handleStageMessages, StageController } from './stage-controller.ts'
import { currentInput, type StageInput, type StageResult } from './stage-input.ts'

/** The newest policy answers held-out tasks, the frozen one this iteration's tasks; labels are compared with true answers. */
export async function evaluation(given: StageInput): Promise<StageResult> {
  const input = currentInput(given)
  const { context, config, state, name, curated } = input
  const stage = stageOf(config, name, 'evaluation')
  const { heldOut, frozenExecutor } = stage.settings(config)
  const controller = new StageController(input)
  handleStageMessages(controller)
  const newest = state.policies[stage.role]!
  const decisions = curated?.decisions ?? null
  const plan = await onBookkeeping('choose the tasks').planEvaluation({ context, stage: input.stage, decisions })

  const planShards = (step: number, what: string, tasks: ArtifactReference, policy: Policy, samplesPerTask: number) => {
    const settings = { samplesPerTask, tool: 'python', sampling: heldOut.sampling } satisfies AnswerSampling
    return splitRange({ from: 0, to: tasks.count }, SHARD_TASKS_MAX).map((range): ShardSpec => ({
      context,
      step: stepId(input.stage, step),
      policy,
      settings,
      source: { kind: 'tasks', tasks, range },
      glassBox: { share: config.rollout.traceShare, seed: config.seed },
      summary: `${what} ${range.from} to ${range.to - 1}, ${samplesPerTask} answers each`,
    }))
  }
  if (!(await controller.waitUntilRunnable())) return { kind: 'stopped', after: `the stage before ${name}` }
  const held = planShards(1, 'held-out tasks', plan.heldOut, newest, heldOut.samplesPerTask)
  const heldShards = await controller.runShards(`${plan.heldOut.count} held-out tasks`, held)
  const frozen = planShards(2, 'new tasks', plan.frozen, state.frozen ?? newest, frozenExecutor.samplesPerTask)
  const frozenShards = await controller.runShards(`${plan.frozen.count} new tasks for the frozen policy`, frozen)
  const outcomesOf = (shards: typeof heldShards) => shards.map(({ outcomes }) => outcomes)
  const tally = await onRollout('count, and compare labels with true answers').evaluate({
    context,
    stage: input.stage,
    dataSet: curated?.tasks ?? null,
    heldOut: outcomesOf(heldShards),
    frozen: outcomesOf(frozenShards),
  })
  controller.update({ doing: 'done' })
  return {
    kind: 'done',
    summary: { kind: 'evaluation', stage: name, tally },
    effect: { kind: 'evaluated', sampledTokens: controller.sampledTokens },
    curated,
    serverUse: controller.serverUse,
  }
}

import {
  ActivityFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import type { RunContext } from '../activities/services.ts'
import type { EvolutionState } from '../contracts/evolution-state.ts'
import { currentConfig } from '../contracts/former-config.ts'
import { iterationId, parseId, type RunId, stageId } from '../contracts/ids.ts'
import type { ServerUse } from '../contracts/run-record.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import type { RunOutcome } from '../contracts/run-status.ts'
import type { StageSummary } from '../contracts/stage-summary.ts'
import { afterIteration, afterStage } from '../core/loop/evolution.ts'
import { recipes, stagesOf } from '../core/recipes/index.ts'
import type { Stage } from '../core/recipes/recipe.ts'
import { failureOf, refusing } from './failures.ts'
import * as messages from './messages.ts'
import { onBookkeeping, onRollout, onTraining } from './proxies.ts'
import { type Decision, RunController, type StoredCarried } from './run-controller.ts'
import { runStage } from './run-stage.ts'
import { type StageInput, withRecipe } from './stage-input.ts'
import { skippedTraining, trainingStage } from './training-progress.ts'

export interface EvolutionInput {
  run: RunId
  config: RunConfig
  /** From the iteration before; absent in the first. */
  carried?: StoredCarried
}

export type EvolutionResult = RunOutcome

type StageKind = Stage<RunConfig>['kind']

/** The results of an iteration so far. */
interface Iteration {
  context: RunContext
  config: RunConfig
  state: EvolutionState
  curated: StageInput['curated']
  stages: StageSummary[]
  seconds: Record<string, number>
  sampledTokens: Record<string, number>
  serverUse: Record<string, ServerUse>
}

/** What people and the watching worker can ask of a run. */
function handleMessages(run: RunController): void {
  setHandler(messages.pauseUpdate, () => run.changeSettings({ paused: true }), {
    description: 'start nothing new; running work ends normally',
  })
  setHandler(messages.resumeUpdate, () => run.changeSettings({ paused: false, stopAfter: null }), {
    description: 'continue after a pause; takes back stopAfter',
  })
  // A paused run would never finish its step.
  setHandler(messages.stopAfterUpdate, (stopAfter) => run.changeSettings({ stopAfter, paused: false }), {
    description: 'end the run after the current training step or iteration',
    validator: messages.validator('stopAfter'),
  })
  setHandler(messages.setConcurrencyUpdate, (tasksInFlight) => run.changeSettings({ tasksInFlight }), {
    description: 'set the upper bound of tasks in flight',
    validator: messages.validator('setConcurrency'),
  })
  setHandler(messages.setBudgetUpdate, (sampledTokensMax) => run.changeSettings({ sampledTokensMax }), {
    description: 'set the sampled tokens that the whole run may use, or "none" for no bound',
    validator: messages.validator('setBudget'),
  })
  const needsHalt = () => messages.rejectIf(run.isHalted ? null : 'no stage is halted, so there is nothing to decide')
  setHandler(messages.retryStageUpdate, async (config: RunConfig | null) => run.decide({ kind: 'retry', config }), {
    description: 'retry the halted stage, with another config if one is given',
    validator: (_config: RunConfig | null) => needsHalt(),
  })
  setHandler(messages.skipStageUpdate, async () => run.decide({ kind: 'skip' }), {
    description: 'skip the halted stage in this iteration',
    validator: needsHalt,
  })
  setHandler(
    messages.acceptCanaryUpdate,
    async (order) => run.decide({ ...order, kind: 'accept', refusal: run.reason }),
    {
      description: 'publish the policy that a stage is halted with although its canary is over the bound',
      validator: (order) => {
        messages.validator('acceptCanary')(order)
        messages.rejectIf(run.notAcceptable)
      },
    },
  )
  setHandler(messages.alertsSignal, (alerts) => run.onAlerts(alerts), {
    description: 'from the worker that watches the run: open alerts, and those that were cleared lately',
  })
  setHandler(messages.runStatusQuery, () => run.status, { description: 'progress of the run' })
}

/** Carries out what a person decided about a halted stage. Gives whether the stage runs again. */
async function carryOut(
  controller: RunController,
  kind: StageKind,
  input: StageInput,
  iteration: Iteration,
  decision: Decision,
): Promise<boolean> {
  if (decision.kind === 'skip') {
    if (kind === 'online-training') iteration.state = afterStage(input.state, await skippedTraining(input))
    return false
  }
  if (decision.kind === 'accept') {
    const { by, reason, refusal } = decision
    const order = { by, reason, refusal, stage: input.name, at: new Date().toISOString() }
    const accepted = { ...trainingStage(input), order }
    await onBookkeeping(`record that ${by} accepts the policy of ${input.name}`).acceptCanary(accepted)
  } else if (decision.config !== null) {
    const config = currentConfig(decision.config)
    const opened = await onRollout('store the changed config').openRun({ run: controller.run, config })
    iteration.config = config
    controller.reconfigure(config)
    iteration.context = opened.context
  }
  return true
}

/** Carries out decisions until one can be. What goes wrong with one halts the stage again: a decision never fails a run. */
async function heed(
  controller: RunController,
  kind: StageKind,
  input: StageInput,
  iteration: Iteration,
  first: Decision,
): Promise<boolean> {
  let decision = first
  for (;;) {
    try {
      return await carryOut(controller, kind, input, iteration, decision)
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error
      const { reason, type } = failureOf(error)
      decision = await controller.halt({ stage: input.name, reason, where: `agent0/${input.stage}`, type })
    }
  }
}

/** Runs the stages of one iteration in the recipe's order. Returns after what a person stopped it, or null. */
async function runIteration(controller: RunController, iteration: Iteration): Promise<string | null> {
  const id = iterationId(controller.run, iteration.state.iteration)
  for (const { name, kind } of stagesOf(iteration.config, iteration.state.iteration)) {
    for (;;) {
      const { context, config, state, curated } = iteration
      const began = Date.now()
      const input = { context, config, stage: stageId(id, name), name, state, control: controller.control, curated }
      const result = await runStage(controller, kind, input)
      if (result.kind === 'stopped') return result.after
      if (result.kind !== 'done') {
        if (await heed(controller, kind, input, iteration, result)) continue
        break
      }
      iteration.stages.push(result.summary)
      iteration.seconds[name] = (Date.now() - began) / 1_000
      iteration.sampledTokens[name] = result.effect.sampledTokens
      iteration.serverUse[name] = result.serverUse
      iteration.curated = result.curated
      iteration.state = afterStage(state, result.effect)
      break
    }
    controller.update(iteration.state, Object.keys(iteration.seconds))
  }
  return null
}

/** What a run works with. An input that nobody of ours has made ends it, where a bug would have its task tried again for ever. */
function opened({ run, config: given, carried }: EvolutionInput): { config: RunConfig; controller: RunController } {
  const parsed = parseId(run)
  if (!parsed.ok || parsed.level !== 'run') throw new Error(`"${run}" is not the name of a run`)
  const config = withRecipe(currentConfig(given))
  return { config, controller: new RunController(run, config, carried) }
}

/** A run: one iteration after another, each in a history of its own. */
export async function evolution(input: EvolutionInput): Promise<EvolutionResult> {
  const { config, controller } = refusing(() => opened(input))
  const { run } = input
  handleMessages(controller)
  const { context, state } = await onRollout('open the run, or find where it resumes').openRun({ run, config })
  if (state.iteration > config.iterations)
    return { kind: 'finished', iterations: config.iterations, scores: controller.scores }
  upsertSearchAttributes([{ key: messages.attributeKeys.iteration, value: state.iteration }])
  controller.update(state, [])

  const nothing = { curated: null, stages: [], seconds: {}, sampledTokens: {}, serverUse: {} }
  const iteration: Iteration = { context, config, state, ...nothing }
  const stoppedAfter = await runIteration(controller, iteration)
  if (stoppedAfter !== null) return { kind: 'stopped', after: stoppedAfter }
  const evaluated = recipes[config.recipe].stages.find(({ kind }) => kind === 'evaluation')
  const next = afterIteration(iteration.state, evaluated?.kind === 'evaluation' ? evaluated.role : '')
  const { stages, seconds, sampledTokens, serverUse } = iteration
  const { decisions } = controller
  const measured = { stages, seconds, sampledTokens, serverUse, ...(decisions.length > 0 && { decisions }) }
  const record = { context: iteration.context, iteration: state.iteration, ...measured, next }
  const { heldOutMean } = await onBookkeeping(`record iteration ${state.iteration}`).recordIteration(record)
  if (heldOutMean !== null) upsertSearchAttributes([{ key: messages.attributeKeys.score, value: heldOutMean }])
  controller.finishIteration(next, heldOutMean)

  if (next.iteration > iteration.config.iterations) {
    if (patched('release-checkpoints'))
      await onTraining('let go the checkpoints that the run has held').releaseCheckpoints({
        run,
        roles: recipes[config.recipe].roles,
      })
    return { kind: 'finished', iterations: state.iteration, scores: controller.scores }
  }
  if (controller.settings.stopAfter !== null) return { kind: 'stopped', after: `iteration ${state.iteration}` }
  await condition(allHandlersFinished)
  return continueAsNew<typeof evolution>({ run, config: iteration.config, carried: controller.carried })
}

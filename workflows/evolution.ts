import { allHandlersFinished, condition, continueAsNew, setHandler, upsertSearchAttributes } from '@temporalio/workflow'
import type { RunContext } from '../activities/services.ts'
import type { EvolutionState } from '../contracts/evolution-state.ts'
import { currentConfig } from '../contracts/former-config.ts'
import { iterationId, type RunId, stageId } from '../contracts/ids.ts'
import type { ServerUse } from '../contracts/run-record.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import type { RunOutcome } from '../contracts/run-status.ts'
import type { StageSummary } from '../contracts/stage-summary.ts'
import { afterIteration, afterStage } from '../core/loop/evolution.ts'
import { recipes, stagesOf } from '../core/recipes/index.ts'
import * as messages from './messages.ts'
import { onBookkeeping, onRollout } from './proxies.ts'
import { RunController, type StoredCarried } from './run-controller.ts'
import { runStage } from './run-stage.ts'
import type { StageInput } from './stage-input.ts'
import { trainedSoFar } from './training-progress.ts'

export interface EvolutionInput {
  run: RunId
  config: RunConfig
  /** From the iteration before; absent in the first. */
  carried?: StoredCarried
}

export type EvolutionResult = RunOutcome

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
  setHandler(messages.alertsSignal, (alerts) => run.onAlerts(alerts), {
    description: 'from the worker that watches the run: open alerts, and those that were cleared lately',
  })
  setHandler(messages.runStatusQuery, () => run.status, { description: 'progress of the run' })
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
      if (result.kind === 'skip') {
        if (kind === 'online-training') iteration.state = afterStage(state, await trainedSoFar(input))
        break
      }
      if (result.kind === 'retry') {
        if (result.config === null) continue
        iteration.config = currentConfig(result.config)
        controller.reconfigure(iteration.config)
        const changed = { run: controller.run, config: iteration.config }
        const opened = await onRollout('store the changed config').openRun(changed)
        iteration.context = opened.context
        continue
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

/** A run: one iteration after another, each in a history of its own. */
export async function evolution({ run, config: given, carried }: EvolutionInput): Promise<EvolutionResult> {
  const config = currentConfig(given)
  const controller = new RunController(run, config, carried)
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
  const measured = { stages, seconds, sampledTokens, serverUse }
  const record = { context: iteration.context, iteration: state.iteration, ...measured, next }
  const { heldOutMean } = await onBookkeeping(`record iteration ${state.iteration}`).recordIteration(record)
  if (heldOutMean !== null) upsertSearchAttributes([{ key: messages.attributeKeys.score, value: heldOutMean }])
  controller.finishIteration(next, heldOutMean)

  if (next.iteration > iteration.config.iterations) {
    return { kind: 'finished', iterations: state.iteration, scores: controller.scores }
  }
  if (controller.settings.stopAfter !== null) return { kind: 'stopped', after: `iteration ${state.iteration}` }
  await condition(allHandlersFinished)
  return continueAsNew<typeof evolution>({ run, config: iteration.config, carried: controller.carried })
}

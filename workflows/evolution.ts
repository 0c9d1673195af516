import { defineSearchAttributeKey } from '@temporalio/common'
import { allHandlersFinished, condition, continueAsNew, upsertSearchAttributes } from '@temporalio/workflow'
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
import { onBookkeeping, onRollout } from './proxies.ts'
import { type Carried, RunController } from './run-controller.ts'
import { runStage } from './run-stage.ts'
import type { StageInput } from './stage-input.ts'
import { trainedSoFar } from './training-progress.ts'

export interface EvolutionInput {
  run: RunId
  config: RunConfig
  /** What the run carries from one iteration into the next; absent at its beginning. */
  carried?: Carried
}

export type EvolutionResult = RunOutcome

/** What an iteration has come to so far. */
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

const ITERATION = defineSearchAttributeKey('Agent0Iteration', 'INT')
const SCORE = defineSearchAttributeKey('Agent0Score', 'DOUBLE')

/** Runs the stages of one iteration in the recipe's order. Gives where a person stopped it, or null. */
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
    controller.tell(iteration.state, Object.keys(iteration.seconds))
  }
  return null
}

/** A run: one iteration after the other, each in a history of its own. */
export async function evolution({ run, config: given, carried }: EvolutionInput): Promise<EvolutionResult> {
  const config = currentConfig(given)
  const controller = new RunController(run, config, carried)
  const { context, state } = await onRollout('open the run, or find where it stands').openRun({ run, config })
  if (state.iteration > config.iterations)
    return { kind: 'finished', iterations: config.iterations, scores: controller.scores }
  upsertSearchAttributes([{ key: ITERATION, value: state.iteration }])
  controller.tell(state, [])

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
  if (heldOutMean !== null) upsertSearchAttributes([{ key: SCORE, value: heldOutMean }])
  controller.close(next, heldOutMean)

  if (next.iteration > iteration.config.iterations) {
    return { kind: 'finished', iterations: state.iteration, scores: controller.scores }
  }
  if (controller.wanted.stopAfter !== null) return { kind: 'stopped', after: `iteration ${state.iteration}` }
  await condition(allHandlersFinished)
  return continueAsNew<typeof evolution>({ run, config: iteration.config, carried: controller.carried })
}

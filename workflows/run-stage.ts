import { ChildWorkflowFailure, isCancellation, patched } from '@temporalio/workflow'
import { defineSearchAttributeKey } from '@temporalio/common'
import type { RunConfig } from '../contracts/run-config.ts'
import { staticStageDetails } from '../core/temporal-ui/static-details.ts'
import type { Stage } from '../core/recipes/recipe.ts'
import { curation } from './curation.ts'
import { evaluation } from './evaluation.ts'
import { failureOf } from './failures.ts'
import { onlineTraining } from './online-training.ts'
import { controlSignal } from './messages.ts'
import type { Decision, RunController } from './run-controller.ts'
import type { StageInput, StageResult, StageWorkflow } from './stage-input.ts'
import { startChildOnce } from './start-child-once.ts'

/** The workflow of each kind of stage; how its algorithm differs is in the recipe. */
const workflowOf = {
  'online-training': onlineTraining,
  curation,
  evaluation,
} satisfies Record<Stage<RunConfig>['kind'], StageWorkflow>

const attributes = {
  run: defineSearchAttributeKey('Agent0Run', 'KEYWORD'),
  stage: defineSearchAttributeKey('Agent0Stage', 'KEYWORD'),
  iteration: defineSearchAttributeKey('Agent0Iteration', 'INT'),
}

/** A summary is read at a glance, beside a bar; the whole reason is on the run's board. */
const REASON_MAX = 60

const shortened = (text: string) => (text.length > REASON_MAX ? `${text.slice(0, REASON_MAX - 1)}…` : text)

/** Runs a stage as a child. Where it fails, a person decides. */
export async function runStage(
  controller: RunController,
  kind: Stage<RunConfig>['kind'],
  input: StageInput,
): Promise<StageResult | Decision> {
  const { stage, name, state, config } = input
  const workflow: StageWorkflow = workflowOf[kind]
  const workflowId = `agent0/${stage}`
  const before = controller.resolvedHalts.findLast((halt) => halt.stage === name)
  const why = before === undefined ? '' : ` · tried again after: ${shortened(before.reason)}`
  const { wanted } = controller
  try {
    const handle = await startChildOnce(workflow, {
      workflowId,
      args: [input],
      staticSummary: `Iteration ${state.iteration} of ${config.iterations} · ${name}${why}`,
      staticDetails: staticStageDetails(kind, workflowId),
      typedSearchAttributes: [
        { key: attributes.run, value: controller.run },
        { key: attributes.stage, value: name },
        { key: attributes.iteration, value: state.iteration },
      ],
    })
    controller.stage = { name, handle }
    // What was wanted may have changed while it started: a resume that it never hears of would leave it paused for ever.
    if (controller.wanted !== wanted && patched('tell-a-stage-that-has-begun'))
      await handle.signal(controlSignal, controller.control).catch(() => {}) // it may be over already
    return await handle.result()
  } catch (error) {
    if (!(error instanceof ChildWorkflowFailure) || isCancellation(error)) throw error
    const { reason, where = workflowId } = failureOf(error)
    return await controller.halt({ stage: name, reason, where })
  } finally {
    controller.stage = undefined
  }
}

import { ChildWorkflowFailure, isCancellation, rootCause } from '@temporalio/workflow'
import { defineSearchAttributeKey } from '@temporalio/common'
import type { RunConfig } from '../contracts/run-config.ts'
import type { Stage } from '../core/recipes/recipe.ts'
import { curation } from './curation.ts'
import { evaluation } from './evaluation.ts'
import { onlineTraining } from './online-training.ts'
import type { Decision, RunDesk } from './run-desk.ts'
import type { StageInput, StageResult, StageWorkflow } from './stage-input.ts'
import { startOnce } from './start-once.ts'

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

/** Runs a stage as a child. Where it fails, a person decides. */
export async function runStage(
  desk: RunDesk,
  kind: Stage<RunConfig>['kind'],
  input: StageInput,
): Promise<StageResult | Decision> {
  const { stage, name, state, config } = input
  const workflow: StageWorkflow = workflowOf[kind]
  try {
    const handle = await startOnce(workflow, {
      workflowId: `agent0/${stage}`,
      args: [input],
      staticSummary: `Iteration ${state.iteration} of ${config.iterations} · ${name}`,
      typedSearchAttributes: [
        { key: attributes.run, value: desk.run },
        { key: attributes.stage, value: name },
        { key: attributes.iteration, value: state.iteration },
      ],
    })
    desk.stage = { name, handle }
    return await handle.result()
  } catch (error) {
    if (!(error instanceof ChildWorkflowFailure) || isCancellation(error)) throw error
    return await desk.halt(name, rootCause(error) ?? error.message)
  } finally {
    desk.stage = undefined
  }
}

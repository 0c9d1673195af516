import { ChildWorkflowFailure, isCancellation, patched } from '@temporalio/workflow'
import { workflowTypes } from '../contracts/messages.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import { staticStageDetails } from '../core/temporal-ui/static-details.ts'
import type { Stage } from '../core/recipes/recipe.ts'
import { stageOf } from '../core/recipes/index.ts'
import { failureOf } from './failures.ts'
import { attributeKeys, controlSignal } from './messages.ts'
import type { Decision, RunController } from './run-controller.ts'
import type { StageInput, StageResult, StageWorkflow } from './stage-input.ts'
import { startChildOnce } from './start-child-once.ts'

/** The workflow type of each kind of stage; the recipe holds how its algorithm differs. */
const typeOf = {
  'online-training': workflowTypes.onlineTraining,
  curation: workflowTypes.curation,
  evaluation: workflowTypes.evaluation,
} satisfies Record<Stage<RunConfig>['kind'], string>

/** A summary stands beside a bar of the timeline; the run's details have the whole reason. */
const REASON_MAX = 60

const shortened = (text: string) => (text.length > REASON_MAX ? `${text.slice(0, REASON_MAX - 1)}…` : text)

/** By what people find the workflow of a stage and those below it. */
function searchAttributesOf(run: string, kind: Stage<RunConfig>['kind'], { name, state, config }: StageInput) {
  const attributes = [
    { key: attributeKeys.run, value: run },
    { key: attributeKeys.stage, value: name },
    { key: attributeKeys.iteration, value: state.iteration },
  ]
  // A curation works for no single role.
  return kind === 'curation'
    ? attributes
    : [...attributes, { key: attributeKeys.role, value: stageOf(config, name, kind).role }]
}

/** Runs a stage as a child. If it fails, a person decides. */
export async function runStage(
  run: RunController,
  kind: Stage<RunConfig>['kind'],
  input: StageInput,
): Promise<StageResult | Decision> {
  const { stage, name, state, config } = input
  const workflowId = `agent0/${stage}`
  const before = run.resolvedHalts.findLast((halt) => halt.stage === name)
  const why = before === undefined ? '' : ` · retried after: ${shortened(before.reason)}`
  const { settings } = run
  try {
    const handle = await startChildOnce<StageWorkflow>(typeOf[kind], {
      workflowId,
      args: [input],
      staticSummary: `Iteration ${state.iteration} of ${config.iterations} · ${name}${why}`,
      staticDetails: staticStageDetails(kind, workflowId),
      typedSearchAttributes: searchAttributesOf(run.run, kind, input),
    })
    run.stage = { name, handle }
    // Settings may have changed while the stage started: without this, a resume in that moment would leave it paused for ever.
    if (run.settings !== settings && patched('tell-a-stage-that-has-begun'))
      await handle.signal(controlSignal, run.control).catch(() => {}) // it may have ended already
    return await handle.result()
  } catch (error) {
    if (!(error instanceof ChildWorkflowFailure) || isCancellation(error)) throw error
    const { reason, type, where = workflowId } = failureOf(error)
    return await run.halt({ stage: name, reason, where, type })
  } finally {
    run.stage = undefined
  }
}

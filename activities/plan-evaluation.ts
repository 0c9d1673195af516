import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import { stepId, taskId, type StageId } from '../contracts/ids.ts'
import { FilterDecision, type RolloutTask } from '../contracts/loop-records.ts'
import { knownTruth } from '../core/loop/known-truth.ts'
import { seededStream } from '../core/random/seeded-stream.ts'
import { shuffled } from '../core/random/shuffled.ts'
import { configOf, configTag, type RunContext, type Services } from './services.ts'

export interface PlanEvaluationInput {
  context: RunContext
  stage: StageId
  /** Curation's decisions about the iteration's pool; null without a curation. */
  decisions: ArtifactReference | null
}

export interface PlanEvaluationResult {
  heldOut: ArtifactReference
  frozen: ArtifactReference
}

/**
 * Chooses the tasks of an evaluation: the held-out tasks (step 1), and tasks of this iteration's pool for the frozen executor (step 2).
 * Only these files contain true answers.
 */
export function planEvaluation({ store, heldOutTasks }: Pick<Services, 'store' | 'heldOutTasks'>) {
  return async ({ context, stage, decisions }: PlanEvaluationInput): Promise<PlanEvaluationResult> => {
    const config = await configOf(store, context)
    const { heldOut, frozenExecutor, truth } = config.evaluation
    const questions = heldOut.file === 'none' ? [] : await heldOutTasks(heldOut.file, heldOut.corrections)
    const held = questions.map(({ question, answer }, index): RolloutTask => ({
      id: taskId(stepId(stage, 1), index),
      question,
      label: null,
      pHat: null,
      truth: String(answer),
    }))
    const pool = decisions === null ? [] : await store.getRecords(FilterDecision, decisions)
    const labelled = pool.filter(({ question, label }) => question !== null && label !== null)
    const chosen = shuffled(labelled, seededStream(config.seed, `${stage}/frozen-executor`))
    const frozen = chosen.slice(0, frozenExecutor.tasksMax).map(({ question, label, pHat }, index): RolloutTask => ({
      id: taskId(stepId(stage, 2), index),
      question: question!,
      label,
      pHat,
      truth: knownTruth(truth, question!),
    }))
    const [heldOutReference, frozenReference] = await Promise.all([
      store.putRecords(`${stage}/held-out-${configTag(context)}.jsonl`, held),
      store.putRecords(`${stage}/frozen-executor-${configTag(context)}.jsonl`, frozen),
    ])
    return { heldOut: heldOutReference, frozen: frozenReference }
  }
}

import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import { CuratedTask } from '../contracts/curated-task.ts'
import type { StageId } from '../contracts/ids.ts'
import { TaskOutcome } from '../contracts/loop-records.ts'
import type { EvaluationTally } from '../contracts/stage-tallies.ts'
import { evaluationTally } from '../core/loop/evaluation-tally.ts'
import { knownTruth } from '../core/loop/known-truth.ts'
import { seededStream } from '../core/random/seeded-stream.ts'
import { shuffled } from '../core/random/shuffled.ts'
import { byDecisions, needsGrader } from '../core/voting/pairs-to-compare.ts'
import { configOf, type RunContext, type Services } from './services.ts'

export interface EvaluateInput {
  context: RunContext
  stage: StageId
  heldOut: ArtifactReference[]
  frozen: ArtifactReference[]
  /** D^(t); null without a curation. */
  dataSet: ArtifactReference | null
}

/** Counts the results of an evaluation, and compares pseudo-labels with true answers where these are known. */
export function evaluate({ store, grader }: Pick<Services, 'store' | 'grader'>) {
  const outcomes = async (references: readonly ArtifactReference[]) =>
    (await Promise.all(references.map((reference) => store.getRecords(TaskOutcome, reference)))).flat()
  return async ({ context, stage, heldOut, frozen, dataSet }: EvaluateInput): Promise<EvaluationTally> => {
    const config = await configOf(store, context)
    const kept = dataSet === null ? [] : await store.getRecords(CuratedTask, dataSet)
    const probed = shuffled(kept, seededStream(config.seed, `${stage}/label-probe`))
      .slice(0, config.evaluation.labelCheck.tasksMax)
      .flatMap(({ question, label }) => {
        const truth = knownTruth(config.evaluation.truth, question)
        return truth === null ? [] : [[truth, label] as const]
      })
    const unclear = probed.filter(([truth, label]) => needsGrader(truth, label, config.answers))
    const decisions = unclear.length === 0 ? [] : await grader.compare(unclear, config.answers)
    const same = byDecisions(unclear, decisions, config.answers)
    const labels = probed.map(([truth, label]) => ({ right: same(truth, label) === 'equal' }))
    return evaluationTally(await outcomes(heldOut), await outcomes(frozen), labels)
  }
}

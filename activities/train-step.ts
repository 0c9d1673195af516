import { activityInfo } from '@temporalio/activity'
import { trainingKey } from '../contracts/artifact-keys.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { StepId } from '../contracts/ids.ts'
import type { OnlineTrainingTally } from '../contracts/stage-tallies.ts'
import { StepReference, TrainingRecord } from '../contracts/training-record.ts'
import { updatesOf } from '../core/training/updates-of.ts'
import { withHeartbeat } from './with-heartbeat.ts'
import { abortWhenRunEnds } from './abort-when-run-ends.ts'
import { holdReference } from './hold-checkpoints.ts'
import type { RunContext, Services } from './services.ts'

export interface TrainStepInput {
  context: RunContext
  /** The step's id in the run. */
  id: StepId
  /** The chain of steps, `<run>-<role>`. */
  lineage: string
  /** Steps since the base model, over all iterations. */
  step: number
  /** Digest of the parent checkpoint; null for the base model. */
  parent: string | null
  /** Digest of the lineage's head, where the step starts from an earlier checkpoint; absent where the parent is the head. */
  setAside?: string
  batch: ArtifactReference
  config: ArtifactReference
  /** For the record: the counts of scoring, and the tokens sampled for the step. */
  scored: Omit<OnlineTrainingTally, 'steps' | 'updates'>
  sampledTokens: number
}

export interface TrainStepResult {
  /** The checkpoint digest, and the checkpoint folder: histories hold both under these names. */
  checkpoint: string
  folder: string
  tally: OnlineTrainingTally
  /** A `TrainingRecord`. */
  record: ArtifactReference
}

/** One optimiser step of a lineage. A recorded step is never trained again, so a retry after it costs nothing. */
export function trainStep({ store, trainer }: Pick<Services, 'store' | 'trainer'>) {
  async function referenceOf(config: ArtifactReference): Promise<string | null> {
    const { coefficient, reference } = (await store.getJson(StepReference, config)).kl
    return coefficient > 0 && reference !== 'base' ? reference : null
  }

  async function train(input: TrainStepInput): Promise<ArtifactReference> {
    const { context, id, lineage, step, parent, setAside, batch, config, scored, sampledTokens } = input
    return withHeartbeat(async (report, signal) => {
      const [{ attempt }, file] = [activityInfo(), (of: ArtifactReference) => ({ path: of.uri, sha256: of.sha256 })]
      const aside = setAside === undefined ? {} : { setAside }
      await holdReference(trainer, context.run, lineage.slice(context.run.length + 1), await referenceOf(config))
      const request = { lineage, step, parent, ...aside, batch: file(batch), config: file(config), attempt }
      const { checkpointDigest, checkpointDir, metrics, tallies, canary } = await trainer.step(
        request,
        report,
        abortWhenRunEnds(signal),
      )
      const tally = { steps: 1, ...scored, updates: updatesOf(tallies) }
      return store.putJson(trainingKey(id), {
        checkpointDigest,
        checkpointDir,
        metrics,
        canary,
        tally,
        sampledTokens,
      })
    })
  }
  return async (input: TrainStepInput): Promise<TrainStepResult> => {
    const record = (await store.find(trainingKey(input.id))) ?? (await train(input))
    const { checkpointDigest, checkpointDir, tally } = await store.getJson(TrainingRecord, record)
    return { checkpoint: checkpointDigest, folder: checkpointDir, tally, record }
  }
}

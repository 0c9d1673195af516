import { activityInfo } from '@temporalio/activity'
import { trainingKey } from '../contracts/artifact-keys.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { StepId } from '../contracts/ids.ts'
import type { OnlineTrainingTally } from '../contracts/stage-tallies.ts'
import type { TrainingRecord } from '../contracts/training-record.ts'
import { updatesOf } from '../core/training/updates-of.ts'
import { beating } from './beating.ts'
import type { RunContext, Services } from './services.ts'

export interface TrainStepInput {
  context: RunContext
  /** The step's id in the run. */
  id: StepId
  /** The chain of steps, `<run>-<role>`. */
  lineage: string
  /** Steps since the base model, over all iterations. */
  step: number
  /** Digest of the checkpoint before; null for the base model. */
  parent: string | null
  batch: ArtifactReference
  config: ArtifactReference
}

export interface TrainStepResult {
  checkpoint: string
  /** Folder of the checkpoint. */
  folder: string
  updates: OnlineTrainingTally['updates']
  /** A `TrainingRecord`. */
  record: ArtifactReference
}

/** One optimiser step of a lineage. Asking again gives the stored result, so a retry costs nothing once it is made. */
export function trainStep({ store, trainer }: Pick<Services, 'store' | 'trainer'>) {
  return async ({ id, lineage, step, parent, batch, config }: TrainStepInput): Promise<TrainStepResult> =>
    beating(async (tell, signal) => {
      const [{ attempt }, file] = [activityInfo(), (of: ArtifactReference) => ({ path: of.uri, sha256: of.sha256 })]
      const request = { lineage, step, parent, batch: file(batch), config: file(config), attempt }
      const { checkpoint, folder, metrics, tallies, canary } = await trainer.step(request, tell, signal)
      const record: TrainingRecord = { checkpoint: checkpoint.digest, folder, metrics, canary: { ...canary } as never }
      const stored = await store.putJson(trainingKey(id), record)
      return { checkpoint: checkpoint.digest, folder, updates: updatesOf(tallies), record: stored }
    })
}

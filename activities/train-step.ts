import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { OnlineTrainingTally } from '../contracts/stage-tallies.ts'
import { activityInfo } from '@temporalio/activity'
import { beating } from './beating.ts'
import type { RunContext, Services } from './services.ts'

export interface TrainStepInput {
  context: RunContext
  /** The chain of steps, `<run>-<role>`. */
  lineage: string
  /** Steps since the base model, over all iterations. */
  step: number
  /** Digest of the checkpoint before. */
  parent: string
  batch: ArtifactReference
  config: ArtifactReference
}

export interface TrainStepResult {
  checkpoint: string
  /** Folder of the checkpoint in the store. */
  uri: string
  updates: OnlineTrainingTally['updates']
}

/** One optimiser step of a lineage. Asking again gives the stored result, so a retry costs nothing once it is made. */
export function trainStep({ store, trainer }: Pick<Services, 'store' | 'trainer'>) {
  return async ({ lineage, step, parent, batch, config }: TrainStepInput): Promise<TrainStepResult> =>
    beating(async (tell, signal) => {
      const [batchPath, configPath] = await Promise.all([store.pathOf(batch), store.pathOf(config)])
      const record = await trainer.step(
        {
          lineage,
          step,
          parent,
          batch: { path: batchPath, sha256: batch.sha256 },
          config: { path: configPath, sha256: config.sha256 },
          attempt: activityInfo().attempt,
        },
        { onProgress: tell, signal },
      )
      return { checkpoint: record.checkpoint, uri: record.folder, updates: record.updates }
    })
}

import { trainingKey } from '../contracts/artifact-keys.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import { type StageId, stepId } from '../contracts/ids.ts'
import type { OnlineTrainingTally } from '../contracts/stage-tallies.ts'
import { TrainingRecord } from '../contracts/training-record.ts'
import { addTallies } from '../core/metrics/add-tallies.ts'
import { noSteps } from '../core/metrics/tally.ts'
import type { Services } from './services.ts'

export interface FindStepsInput {
  stage: StageId
}

export interface FindStepsResult {
  /** Number of finished training steps. */
  steps: number
  tally: OnlineTrainingTally
  sampledTokens: number
  /** The result of the last one; null if there is none. */
  last: { checkpoint: string; folder: string; record: ArtifactReference } | null
}

/** Finds the recorded training steps of a stage; they count whatever their config was. */
export function findSteps({ store }: Pick<Services, 'store'>) {
  return async ({ stage }: FindStepsInput): Promise<FindStepsResult> => {
    let found: FindStepsResult = { steps: 0, tally: noSteps, sampledTokens: 0, last: null }
    for (;;) {
      const record = await store.find(trainingKey(stepId(stage, found.steps + 1)))
      if (record === null) return found
      const { checkpointDigest, checkpointDir, tally, sampledTokens } = await store.getJson(TrainingRecord, record)
      found = {
        steps: found.steps + 1,
        tally: addTallies(found.tally, tally),
        sampledTokens: found.sampledTokens + sampledTokens,
        last: { checkpoint: checkpointDigest, folder: checkpointDir, record },
      }
    }
  }
}

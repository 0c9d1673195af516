import type { Observation } from '../../contracts/alert.ts'
import { iterationKey, trainingKey } from '../../contracts/artifact-keys.ts'
import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import { iterationId, type RunId, type StageId, stepId } from '../../contracts/ids.ts'
import { IterationRecord } from '../../contracts/run-record.ts'
import { TrainingRecord } from '../../contracts/training-record.ts'
import type { ArtifactStore } from '../../contracts/ports/index.ts'

/** The last of records that are numbered without a gap; null where there is none. */
async function lastOf(
  store: ArtifactStore,
  first: number,
  key: (number: number) => string,
): Promise<{ number: number; reference: ArtifactReference } | null> {
  let last: { number: number; reference: ArtifactReference } | null = null
  for (let number = first; ; number++) {
    const reference = await store.find(key(number))
    if (reference === null) return last
    last = { number, reference }
  }
}

/**
 * KL from sampler to trainer, the skipped updates, missing answers and misread calls of the latest training step of a stage; null before one, and in a stage that
 * does not train.
 */
export async function latestStep(
  store: ArtifactStore,
  stage: StageId,
): Promise<Pick<Observation, 'kl' | 'skipped' | 'rollouts'>> {
  const last = await lastOf(store, 1, (step) => trainingKey(stepId(stage, step)))
  if (last === null) return { kl: null, skipped: null, rollouts: null }
  const { updates, rollouts } = (await store.getJson(TrainingRecord, last.reference)).tally
  const { sum, count } = updates.klTrainServer
  const where = { stage: stage.split('/').at(-1)!, step: stepId(stage, last.number) }
  return {
    kl: count === 0 ? null : { ...where, nats: sum / count },
    skipped: { ...where, updates: updates.skippedUpdates },
    rollouts: { ...where, ...rollouts },
  }
}

/** Label accuracy of the latest iteration that is over; null where it was not measured. */
export async function latestLabels(store: ArtifactStore, run: RunId): Promise<Observation['labels']> {
  const last = await lastOf(store, 0, (iteration) => iterationKey(run, iteration))
  if (last === null) return null
  const { labelAccuracy } = (await store.getJson(IterationRecord, last.reference)).summary
  return labelAccuracy === null ? null : { iteration: iterationId(run, last.number), accuracy: labelAccuracy }
}

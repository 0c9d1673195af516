import { publicationKey, trainingKey } from '../contracts/artifact-keys.ts'
import { type RunId, type StageId, stepId } from '../contracts/ids.ts'
import type { Policy } from '../contracts/policy.ts'
import type { ArtifactStore } from '../contracts/ports/index.ts'
import { TrainingRecord } from '../contracts/training-record.ts'
import { namedPolicy } from '../core/loop/evolution.ts'

/** A training stage, and where its role stood at its start. */
export interface TrainingStage {
  run: RunId
  stage: StageId
  role: string
  /** Steps of the lineage before the stage. */
  stepsBefore: number
}

/** The policies that the recorded steps of a stage made, in order. */
export async function trainedPolicies(
  store: ArtifactStore,
  { run, stage, role, stepsBefore }: TrainingStage,
): Promise<(Policy & { sampledTokens: number })[]> {
  const trained: (Policy & { sampledTokens: number })[] = []
  for (;;) {
    const step = trained.length + 1
    const record = await store.find(trainingKey(stepId(stage, step)))
    if (record === null) return trained
    const { checkpointDigest, checkpointDir, sampledTokens } = await store.getJson(TrainingRecord, record)
    trained.push({ ...namedPolicy(run, role, stepsBefore + step, checkpointDigest, checkpointDir), sampledTokens })
  }
}

/** Whether the policy is on record as published. */
export const isPublished = async (store: ArtifactStore, policy: Policy): Promise<boolean> =>
  (await store.find(publicationKey(policy))) !== null

import { z } from 'zod'
import { Canary } from './canary.ts'
import { Digest } from './primitives.ts'
import { OnlineTrainingTally } from './stage-tallies.ts'

/** Records stored before 2026-12 say `checkpoint` and `folder`. They are read for one version. */
function fromFormerNames(stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null || !('checkpoint' in stored)) return stored
  const { checkpoint: checkpointDigest, folder: checkpointDir, ...same } = stored as Record<string, unknown>
  return { checkpointDigest, checkpointDir, ...same }
}

const CurrentTrainingRecord = z.strictObject({
  checkpointDigest: Digest,
  /** The checkpoint's folder, as trainer and model servers know it. */
  checkpointDir: z.string().min(1),
  /** Means over the step's updates by name (docs/design/trainer.md). */
  metrics: z.record(z.string(), z.number()),
  /** What the new weights say to recorded rows: the proof that a server has them. */
  canary: Canary,
  /** What the step counted. */
  tally: OnlineTrainingTally,
  /** Tokens that were sampled for it, proposals included. */
  sampledTokens: z.int().min(0),
})

/** What a finished training step leaves in the store. Publishing and the report read it; a resumed stage continues after it. */
export const TrainingRecord = z.preprocess(fromFormerNames, CurrentTrainingRecord)

export type TrainingRecord = z.output<typeof TrainingRecord>

/** What a step's config (core/training/step-config.ts) says of its KL penalty: `base`, or the digest of the checkpoint to stay close to. */
export const StepReference = z.object({
  kl: z.object({ coefficient: z.number().default(0), reference: z.string().default('base') }).prefault({}),
})

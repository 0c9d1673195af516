import { z } from 'zod'
import { Digest } from './primitives.ts'
import { OnlineTrainingTally } from './stage-tallies.ts'

/** What a finished training step leaves in the store: what publishing and the report read, and behind what a stage goes on. */
export const TrainingRecord = z.strictObject({
  checkpoint: Digest,
  /** The checkpoint's folder, as trainer and model servers know it. */
  folder: z.string().min(1),
  /** Means over the step's updates by name (docs/design/trainer.md). */
  metrics: z.record(z.string(), z.number()),
  /** What the new weights say to one prompt: the proof that a server has them. */
  canary: z.strictObject({
    promptTokenIds: z.array(z.int().min(0)),
    tokenIds: z.array(z.int().min(0)),
    logprobs: z.array(z.number()),
    tolerance: z.number().min(0),
  }),
  /** What the step counted. */
  tally: OnlineTrainingTally,
  /** Tokens that were sampled for it, proposals included. */
  sampledTokens: z.int().min(0),
})

export type TrainingRecord = z.output<typeof TrainingRecord>

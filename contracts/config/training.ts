import { z } from 'zod'

/** Which weights move, and how fast. */
const Weights = z.discriminatedUnion('kind', [
  /** Adapters on all linear layers, without embeddings and lm_head. */
  z.strictObject({
    kind: z.literal('lora'),
    /** Constant after the warm-up. [D] 2e-5; leave it alone when the rank changes. */
    learningRate: z.number().gt(0).default(2e-5),
    /** [D] 16. */
    rank: z.int().min(1).max(512).default(16),
    /** The adapter is scaled by alpha / rank. [D] 32. */
    alpha: z.number().gt(0).default(32),
    /** [D] 0. */
    dropout: z.number().min(0).lt(1).default(0),
  }),
  /** All weights. */
  z.strictObject({
    kind: z.literal('full'),
    /** [P, C, D] 1e-6. */
    learningRate: z.number().gt(0).default(1e-6),
  }),
])

const ratioBounds = {
  /** A row with a token whose ratio π_train/π_server is below this is dropped and counted. [D] 1e-4. */
  ratioMin: z.number().gt(0).lt(1).default(1e-4),
  /** The same from above. [D] 1e4. */
  ratioMax: z.number().gt(1).default(1e4),
}

/** Whose log-probabilities stand below the fraction of the ratio. Algorithm §6, mismatch. */
const OldLogprobs = z.discriminatedUnion('kind', [
  /** The trainer's own, computed before the first update; the server's come in as an importance weight. [D] */
  z.strictObject({
    kind: z.literal('recomputed'),
    /** Bound on the weight π_train/π_server of a token. [D] 2. */
    importanceWeightMax: z.number().min(1).default(2),
    ...ratioBounds,
  }),
  /** The server's as they were sampled: one ratio holds the mismatch and the update. */
  z.strictObject({ kind: z.literal('server'), ...ratioBounds }),
])

/**
 * How one role's weights are trained on a batch (AdamW). Algorithm §1 and §6.
 *
 * @param defaults where the two roles differ
 */
export function trainingOf(defaults: { warmupSteps: number; updatesPerBatch: number }) {
  return z.strictObject({
    weights: Weights.prefault({ kind: 'lora' }),
    /** Steps of a stage over which the learning rate rises from 0. [C] 10 for the executor, none for the curriculum. */
    warmupSteps: z.int().min(0).default(defaults.warmupSteps),
    /** [P, C] 1e-2. [D] 0. */
    weightDecay: z.number().min(0).default(0),
    /** [D] 0.9. */
    beta1: z.number().min(0).lt(1).default(0.9),
    /** [D] 0.95. */
    beta2: z.number().min(0).lt(1).default(0.95),
    /** Norm of the whole gradient above which it is scaled down. [D] 1. */
    gradientNormMax: z.number().gt(0).default(1),
    /** Parts, in key order, into which a batch is cut, with an optimiser update each. [C] 1. [D] 2 where ADPO is to act. */
    updatesPerBatch: z.int().min(1).default(defaults.updatesPerBatch),
    /** Bound on the loss of a token with negative advantage, in multiples of it. [C] 3 (curriculum). [P, D] none. */
    dualClip: z.union([z.literal('none'), z.number().gt(1)]).default('none'),
    /** How token losses become one number. [C] token-mean over all tokens of an update. */
    aggregation: z
      .enum(['token-mean', 'seq-mean-token-mean', 'seq-mean-token-sum-norm', 'token-sum'])
      .default('token-mean'),
    kl: z
      .strictObject({
        /** Weight of the k3 estimate in the loss; at 0 it is not computed. [P, C] 1e-2. [D] 0. */
        coefficient: z.number().min(0).default(0),
        /** From which weights one shall not stray. [C] those at the start of the stage. */
        reference: z.enum(['stage-start', 'base']).default('stage-start'),
      })
      .prefault({}),
    oldLogprobs: OldLogprobs.prefault({ kind: 'recomputed' }),
    /** How the trainer computes; results differ in the last bits only. */
    compute: z
      .strictObject({
        /** Tokens that go through the model at once, padding included: bounds memory. [D] 16,384. */
        microBatchTokens: z.int().min(1).default(16_384),
        /** Computes activations twice instead of keeping them: less memory, more time. [D] yes. */
        gradientCheckpointing: z.boolean().default(true),
        /** Threads on a CPU. [D] 1. */
        threads: z.int().min(1).default(1),
      })
      .prefault({}),
  })
}

export type Training = z.output<ReturnType<typeof trainingOf>>

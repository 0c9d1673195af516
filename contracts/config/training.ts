import { z } from 'zod'

const Weights = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('lora'),
        learningRate: z
          .number()
          .gt(0)
          .default(2e-5)
          .describe('Constant after the warm-up. [D] 2e-5; need not change with the rank.'),
        rank: z.int().min(1).max(512).default(16).describe('Rank of the adapters. [D] 16.'),
        alpha: z.number().gt(0).default(32).describe('The adapter is scaled by alpha / rank. [D] 32.'),
        dropout: z.number().min(0).lt(1).default(0).describe('Dropout in the adapters. [D] 0.'),
      })
      .describe('LoRA adapters on all linear layers, without embeddings and lm_head. [D]'),
    z
      .strictObject({
        kind: z.literal('full'),
        learningRate: z.number().gt(0).default(1e-6).describe('Constant after the warm-up. [P, C, D] 1e-6.'),
      })
      .describe('All weights. [P, C]'),
  ])
  .describe('Which weights are trained, and how fast.')

const ratioBounds = {
  ratioMin: z
    .number()
    .gt(0)
    .lt(1)
    .default(1e-4)
    .describe('A row with a token whose ratio π_train/π_server is lower is dropped and counted. [D] 1e-4.'),
  ratioMax: z.number().gt(1).default(1e4).describe('A row with a token whose ratio is higher is dropped too. [D] 1e4.'),
}

const OldLogprobs = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('recomputed'),
        importanceWeightMax: z
          .number()
          .min(1)
          .default(2)
          .describe('Bound on the weight π_train/π_server of a token. [D] 2.'),
        ...ratioBounds,
      })
      .describe("The trainer's own, computed before the first update; the server's enter as an importance weight. [D]"),
    z
      .strictObject({ kind: z.literal('server'), ...ratioBounds })
      .describe("The server's, as sampled: one ratio holds both the mismatch and the update."),
  ])
  .describe('Whose log-probabilities are the denominator of the ratio. Algorithm §6, mismatch.')

const KlPenalty = z
  .strictObject({
    coefficient: z
      .number()
      .min(0)
      .default(0)
      .describe('Weight of the k3 estimate in the loss; at 0 it is not computed. [P, C] 1e-2. [D] 0.'),
    reference: z
      .enum(['stage-start', 'base'])
      .default('stage-start')
      .describe('The weights to stay close to: those at the start of the stage, or the base model. [C] stage-start.'),
  })
  .describe('The KL penalty.')

const Compute = z
  .strictObject({
    microBatchTokens: z
      .int()
      .min(1)
      .default(16_384)
      .describe('Tokens per forward pass, padding included: bounds memory. [D] 16,384.'),
    gradientCheckpointing: z
      .boolean()
      .default(true)
      .describe('Computes activations twice instead of keeping them: less memory, more time. [D] true.'),
    threads: z.int().min(1).default(1).describe('CPU threads. [D] 1.'),
  })
  .describe('How the trainer computes; results differ in the last bits only.')

/** How one role's weights are trained on a batch; `defaults` are those in which the two roles differ. */
export function trainingOf(defaults: { warmupSteps: number; updatesPerBatch: number }) {
  return z
    .strictObject({
      weights: Weights.prefault({ kind: 'lora' }),
      warmupSteps: z
        .int()
        .min(0)
        .default(defaults.warmupSteps)
        .describe(
          'Steps of a stage in which the learning rate rises from 0. [C] 10 for the executor, 0 for the curriculum agent.',
        ),
      weightDecay: z.number().min(0).default(0).describe('Decoupled weight decay. [P, C] 1e-2. [D] 0.'),
      beta1: z.number().min(0).lt(1).default(0.9).describe('β₁ of AdamW. [D] 0.9.'),
      beta2: z.number().min(0).lt(1).default(0.95).describe('β₂ of AdamW. [D] 0.95.'),
      gradientNormMax: z
        .number()
        .gt(0)
        .default(1)
        .describe('Norm of the whole gradient above which it is scaled down. [D] 1.'),
      skippedInARowMax: z
        .int()
        .min(0)
        .default(3)
        .describe(
          'Updates in a row, over steps, that may have no finite gradient. They are skipped and counted; one more halts the run. [D] 3.',
        ),
      updatesPerBatch: z
        .int()
        .min(1)
        .default(defaults.updatesPerBatch)
        .describe(
          'Optimizer updates per step: the batch is split, in key order, into this many parts. [C] 1. [D] 2 where ADPO is to act.',
        ),
      dualClip: z
        .union([z.literal('none'), z.number().gt(1)])
        .default('none')
        .describe(
          'Bound on the loss of a token with negative advantage, in multiples of the advantage. [C] 3 (curriculum agent). [P, D] none.',
        ),
      aggregation: z
        .enum(['token-mean', 'seq-mean-token-mean', 'seq-mean-token-sum-norm', 'token-sum'])
        .default('token-mean')
        .describe('How token losses become one number; `token-mean` is over all tokens of an update. [C] token-mean.'),
      kl: KlPenalty.prefault({}),
      oldLogprobs: OldLogprobs.prefault({ kind: 'recomputed' }),
      compute: Compute.prefault({}),
    })
    .describe('How the weights are trained on a batch, by AdamW. Algorithm §1 and §6.')
}

export type Training = z.output<ReturnType<typeof trainingOf>>

import { z } from 'zod'
import { AnswerSampling } from './rollout.ts'
import { Sampling } from './sampling.ts'

export const CurationConfig = z
  .strictObject({
    poolSize: z.int().min(1).default(8000).describe('N, proposals in the first pool. [C] 8,000.'),
    sampling: Sampling.prefault({}).describe('How proposals are sampled.'),
    answers: AnswerSampling.prefault({}).describe(
      "How the executor's answers to a proposal are sampled. The share of the largest group of equal answers is p̂, and that answer is the pseudo-label.",
    ),
    band: z
      .strictObject({
        low: z
          .number()
          .min(0)
          .max(1)
          .default(0.3)
          .describe("Least p̂. [P, C] 0.3. With the δ = 0.25 of the paper's text: 0.25."),
        high: z
          .number()
          .min(0)
          .max(1)
          .default(0.8)
          .describe("Greatest p̂. [P, C] 0.8. With the δ = 0.25 of the paper's text: 0.75."),
      })
      .prefault({})
      .describe('Tasks with low ≤ p̂ ≤ high are kept. ADPO takes its bounds from here too.'),
    abstainedMax: z
      .union([z.literal('none'), z.number().min(0).max(1)])
      .default(0.5)
      .describe(
        'Greatest share of answers to a task that may be missing: a label of three equal answers and seven missing ones is no majority. [P, C] none. [D] 0.5.',
      ),
    duplicates: z
      .strictObject({
        among: z
          .enum(['iteration', 'run'])
          .default('run')
          .describe('Compare with the kept tasks of this iteration, or of all iterations so far. [D] run.'),
        bleuDistanceMin: z
          .union([z.literal('none'), z.number().gt(0).max(1)])
          .default(0.5)
          .describe(
            'τ, least distance 1 − BLEU to every kept question; a nearer one is a duplicate too. With none only equal questions are. [C] 0.5, as for the clusters.',
          ),
      })
      .prefault({})
      .describe(
        'Which tasks are dropped as duplicates. A question equal to a kept one, but for case and white space, always is.',
      ),
    tasksMin: z
      .int()
      .min(1)
      .default(512)
      .describe(
        "Tasks that must be kept; with fewer, more are proposed. [D] 512, the least that R-Zero's loader accepts.",
      ),
    proposalsMax: z
      .int()
      .min(1)
      .default(32_000)
      .describe(
        'Proposals in all. If they yield fewer than tasksMin tasks, the iteration halts. [D] 32,000, four pools.',
      ),
  })
  .describe(
    'Stage 2: the trained curriculum agent writes a pool of proposals, the executor answers each of them, and useful tasks are kept. Algorithm §5.',
  )

export type CurationConfig = z.output<typeof CurationConfig>

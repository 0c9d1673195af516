import { z } from 'zod'
import { AnswerSampling } from './rollout.ts'
import { Sampling } from './sampling.ts'

/** Stage 2: the trained curriculum agent writes a pool, the executor votes on it, and what is useful stays. Algorithm §5. */
export const CurationConfig = z.strictObject({
  /** N, proposals to begin with. [C] 8,000. */
  poolSize: z.int().min(1).default(8000),
  /** How proposals are sampled. */
  sampling: Sampling.prefault({}),
  /** How p̂ and the pseudo-label of a proposal are found. */
  answers: AnswerSampling.prefault({}),
  /** Tasks with low ≤ p̂ ≤ high stay. [P, C] 0.3 and 0.8; the paper's δ = 0.25 would be 0.25 and 0.75. */
  band: z
    .strictObject({ low: z.number().min(0).max(1).default(0.3), high: z.number().min(0).max(1).default(0.8) })
    .prefault({}),
  /** Which tasks are too like one that is kept. A question with the normal form of a kept one always is. */
  duplicates: z
    .strictObject({
      /** Kept ones of this iteration, or of all iterations so far. [D] run. */
      among: z.enum(['iteration', 'run']).default('run'),
      /** τ: a question nearer than this to a kept one, in 1 − BLEU, is a duplicate too. [C] 0.5, as for the clusters. */
      bleuDistanceMin: z.union([z.literal('none'), z.number().gt(0).max(1)]).default(0.5),
    })
    .prefault({}),
  /** Fewer tasks than this and more are proposed. [D] 512, the least that R-Zero's loader accepts. */
  tasksMin: z.int().min(1).default(512),
  /** Proposals in all, after which a yield that is still too low ends the run with a refusal. [D] 32,000, four pools. */
  proposalsMax: z.int().min(1).default(32_000),
})

export type CurationConfig = z.output<typeof CurationConfig>

import { z } from 'zod'
import { EvaluationSampling } from './sampling.ts'

/** Stage 4: what the iteration brought. Nothing here enters training. Algorithm §1 and §7. */
export const EvaluationConfig = z.strictObject({
  /** Answers to the held-out tasks: mean@k, and maj@k by their vote. */
  heldOut: z
    .strictObject({
      /** JSON lines of `question` and `answer`: absolute, or relative to the checkout. [D] none: bring your own. */
      file: z.string().min(1).default('none'),
      /** k. [D] 10. */
      samplesPerTask: z.int().min(1).max(1024).default(10),
      sampling: EvaluationSampling.prefault({}),
    })
    .prefault({}),
  /** The executor of iteration 1 on each iteration's new tasks, sampled as in heldOut; harder tasks lower its pass rate. */
  frozenExecutor: z
    .strictObject({
      /** Tasks drawn from the pool; 0 for none. [D] 200. */
      tasksMax: z.int().min(0).default(200),
      /** [P, D] 10. */
      samplesPerTask: z.int().min(1).max(1024).default(10),
    })
    .prefault({}),
  /** What knows the right answers to questions that agents write. [D] none; `tiny-world` computes those of its grammar. */
  truth: z.enum(['none', 'tiny-world']).default('none'),
  /** Kept tasks whose pseudo-label is compared with the truth, where one is known; 0 for none. [D] 200. */
  labelCheck: z.strictObject({ tasksMax: z.int().min(0).default(200) }).prefault({}),
})

export type EvaluationConfig = z.output<typeof EvaluationConfig>

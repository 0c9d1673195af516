import { z } from 'zod'

/**
 * How tokens are drawn from a policy. There is one for every use, so that no switch of one use changes another. At
 * temperature 0 all samples of a prompt are equal; only evaluation may ask for that (`EvaluationSampling`).
 */
export const Sampling = z.strictObject({
  /** Divides the logits; vLLM takes 2 at most. [P, D] 1.0. */
  temperature: z.number().gt(0).max(2).default(1),
  /** Share of probability kept, best tokens first. [D] 1, all of it: a cut distribution is not the one that is trained. */
  topP: z.number().gt(0).max(1).default(1),
  /** Number of best tokens kept. [D] none: not cut. */
  topK: z.union([z.literal('none'), z.int().min(1)]).default('none'),
})

/** `Sampling` that may also be greedy (temperature 0). */
export const EvaluationSampling = Sampling.extend({ temperature: z.number().min(0).max(2).default(1) })

export type Sampling = z.output<typeof Sampling>

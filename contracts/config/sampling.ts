import { z } from 'zod'

// How tokens are drawn from a policy. Each use has its own, so that changing one changes no other.

export const Sampling = z.strictObject({
  temperature: z.number().gt(0).max(2).default(1).describe('Divides the logits. [P, D] 1.0.'),
  topP: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe(
      'Probability mass kept, best tokens first. [P] 0.99. [D] 1: a truncated distribution is not the one that is trained.',
    ),
  topK: z
    .union([z.literal('none'), z.int().min(1)])
    .default('none')
    .describe('Number of best tokens kept. [D] none: all.'),
})

/** `Sampling` that may be greedy: at temperature 0 all samples of a prompt are equal, which only evaluation can use. */
export const EvaluationSampling = Sampling.extend({
  temperature: z.number().min(0).max(2).default(1).describe('Divides the logits; 0 is greedy. [P, D] 1.0.'),
})

export type Sampling = z.output<typeof Sampling>

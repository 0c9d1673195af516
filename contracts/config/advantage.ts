import { z } from 'zod'

export const Advantage = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('group-normalised'),
        epsilon: z.number().gt(0).default(1e-6).describe('Added to the standard deviation. [C] 1e-6.'),
      })
      .describe('(reward − mean) / (standard deviation + epsilon), the deviation with n − 1. [P, C]'),
    z.strictObject({ kind: z.literal('group-centred') }).describe('reward − mean, as in Dr. GRPO.'),
  ])
  .describe('How the rewards of a group, the samples of one prompt or task, become advantages. Algorithm §6.')

export type Advantage = z.output<typeof Advantage>

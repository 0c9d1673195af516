import { z } from 'zod'

/** How the rewards of a group, the samples of one prompt or task, become advantages. Algorithm §6. */
export const Advantage = z.discriminatedUnion('kind', [
  /** (r − mean) / (std + epsilon), std with n − 1. [P, C] */
  z.strictObject({
    kind: z.literal('group-normalised'),
    /** [C] 1e-6. */
    epsilon: z.number().gt(0).default(1e-6),
  }),
  /** r − mean: `std: none`, the variant of Dr. GRPO. */
  z.strictObject({ kind: z.literal('group-centred') }),
])

export type Advantage = z.output<typeof Advantage>

import { z } from 'zod'

export const PublicationConfig = z
  .strictObject({
    canaryMultiple: z
      .number()
      .min(1)
      .default(4)
      .describe(
        "A policy's canary may differ this many times as much as the base model's does. [D] 4: the rows of two canaries differ by less.",
      ),
    canaryFloor: z
      .number()
      .gt(0)
      .default(0.001)
      .describe(
        'Mean difference that is always allowed, nats per token. [D] 0.001: a hundred times what two computations in fp32 differ by.',
      ),
    baseDifferenceMax: z
      .number()
      .gt(0)
      .default(0.2)
      .describe(
        'Mean difference on the base model itself above which nothing is published: the servers have another base. [D] 0.2 nats per token; bf16 has about 0.02.',
      ),
  })
  .describe(
    'When a model server is believed to have a new policy. It scores recorded rows, and the mean absolute difference of its logprobs from the trainer’s is held against a bound that is calibrated on the base model. Only checks: it changes no result.',
  )

export type PublicationConfig = z.output<typeof PublicationConfig>

import { z } from 'zod'

/**
 * One contiguous token sequence of a training batch: all that a loss needs, no word of roles or recipes. A column of the
 * batch's Parquet file has the name of its field here. Rows are ordered by group, then sample.
 */
export const TrainingRow = z
  .strictObject({
    /** Key of the prompt or task whose samples were compared with each other. */
    group: z.string().min(1),
    /** Place of the sample in its group, from 0. */
    sample: z.int().min(0),
    /** Exactly the ids that the server was sent and returned, prompt first. */
    tokenIds: z.array(z.int().min(0)).min(2),
    /** 1 for a token that the policy sampled, 0 for prompt and tool output. */
    mask: z.array(z.union([z.literal(0), z.literal(1)])),
    /** The server's log-probability of each token, temperature applied; 0 where the mask is 0. */
    serverLogprobs: z.array(z.number().max(0)),
    /** Policy that sampled the row. */
    policy: z.string().min(1),
    /** Temperature at which it was sampled; the trainer divides its logits by the same. */
    temperature: z.number().gt(0),
    /** Advantage of every sampled token of the row, ADPO's scale s(p̂) included. */
    advantage: z.number(),
    /** ε_low of this row: the ratio is cut at 1 − ε_low. */
    clipLow: z.number().gt(0).lt(1),
    /** ε_high of this row: the ratio is cut at 1 + ε_high. */
    clipHigh: z.number().gt(0),
    /** p̂ of the task, for the report's buckets; null where the batch has none. */
    pHat: z.number().min(0).max(1).nullable(),
  })
  .refine((row) => row.mask.length === row.tokenIds.length, { path: ['mask'], message: 'as long as tokenIds' })
  .refine((row) => row.serverLogprobs.length === row.tokenIds.length, {
    path: ['serverLogprobs'],
    message: 'as long as tokenIds',
  })
  .refine((row) => row.mask[0] === 0, { path: ['mask', 0], message: '0: the first token is never sampled' })
  .refine((row) => row.mask.includes(1), { path: ['mask'], message: 'at least one sampled token' })

export type TrainingRow = z.output<typeof TrainingRow>

import { z } from 'zod'
import { Digest } from './primitives.ts'

/**
 * The weights after one training step. The step is a function: the same parent, batch and config give the same
 * checkpoint, so asking twice costs nothing.
 */
export const Checkpoint = z
  .strictObject({
    /** Names the weights, optimiser and random state, byte for byte. */
    digest: Digest,
    /** The chain of steps that it belongs to, `<run>-<role>`. */
    lineage: z.string().min(1),
    /** Steps since the base model, over all iterations; 0 is the base itself. */
    step: z.int().min(0),
    /** What it was made from; null for the base. */
    madeFrom: z.strictObject({ parent: Digest, batch: Digest, config: Digest }).nullable(),
    /** Whether the files hold an adapter or all weights. */
    weights: z.enum(['lora', 'full']),
    /** Folder in the artifact store. */
    uri: z.string().min(1),
  })
  .refine((checkpoint) => (checkpoint.step === 0) === (checkpoint.madeFrom === null), {
    path: ['madeFrom'],
    message: 'null for step 0, and for no other',
  })

export type Checkpoint = z.output<typeof Checkpoint>

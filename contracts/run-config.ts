import { z } from 'zod'

/**
 * The config of a run: what a person writes (`RunConfigInput`, few lines) and what the machine uses (`RunConfig`, every
 * default filled in). The resolved form travels as workflow input and is saved with the run.
 */
export const RunConfig = z.strictObject({
  /** Names the run's folder, workflow ids and policies: lower-case letters, digits and dashes, 40 characters at most. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'lower-case letters, digits and dashes, 40 characters at most'),
  /** Root of every random stream of the run. Any integer from 0 to 2^32 − 1. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1),
  /** T, how often both agents are trained in turn (paper: 3). */
  iterations: z.int().min(1).max(100).default(3),
})

export type RunConfig = z.output<typeof RunConfig>
export type RunConfigInput = z.input<typeof RunConfig>

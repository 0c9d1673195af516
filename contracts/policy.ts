import { z } from 'zod'
import { Digest, Role } from './primitives.ts'

/**
 * A checkpoint as a run and its model servers know it. A name never gets other weights, so a rollout that names it can be
 * repeated. Policies lie in histories: there the checkpoint's digest and folder keep their short names.
 */
export const Policy = z
  .strictObject({
    /** `<run>-<role>-v<version>-<first 8 digits of the checkpoint's digest>`. */
    name: z.string().min(1),
    role: Role,
    /** Counts the role's published checkpoints from 0, the base model. */
    version: z.int().min(0),
    /** The checkpoint digest. */
    checkpoint: Digest,
    /** The checkpoint folder; null for the base model, which every server has loaded. */
    uri: z.string().min(1).nullable(),
  })
  .refine(({ name, role, version, checkpoint }) => name.endsWith(`-${role}-v${version}-${checkpoint.slice(0, 8)}`), {
    path: ['name'],
    message: '<run>-<role>-v<version>-<first 8 digits of the checkpoint>',
  })

export type Policy = z.output<typeof Policy>

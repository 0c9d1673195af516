import { z } from 'zod'
import { Digest, Role } from './primitives.ts'

/** A checkpoint as model servers know it. The name never gets other weights, so a rollout that names it is repeatable. */
export const Policy = z
  .strictObject({
    /** `<run>-<role>-v<version>-<first 8 digits of the checkpoint's digest>`. */
    name: z.string().min(1),
    role: Role,
    /** Counts the role's published checkpoints from 0, the base model. */
    version: z.int().min(0),
    /** Digest of the checkpoint. */
    checkpoint: Digest,
    /** Folder of the adapter or the weights; null for the base model, which every server has loaded. */
    uri: z.string().min(1).nullable(),
  })
  .refine(({ name, role, version, checkpoint }) => name.endsWith(`-${role}-v${version}-${checkpoint.slice(0, 8)}`), {
    path: ['name'],
    message: '<run>-<role>-v<version>-<first 8 digits of the checkpoint>',
  })

export type Policy = z.output<typeof Policy>

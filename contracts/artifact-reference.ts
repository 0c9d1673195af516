import { z } from 'zod'
import { Digest } from './primitives.ts'

/** What stands in a workflow's history instead of data. */
export const ArtifactReference = z.strictObject({
  /** Place in the artifact store. */
  uri: z.string().min(1),
  sha256: Digest,
  /** Records in it. */
  count: z.int().min(0),
})

export type ArtifactReference = z.output<typeof ArtifactReference>

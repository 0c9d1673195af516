import { publicationKey } from './artifact-keys.ts'
import type { Policy } from './policy.ts'
import type { ServablePolicy } from './ports/model-server.ts'

/** A policy as a model server is asked for it. */
export const servable = (policy: Policy): ServablePolicy => ({
  name: policy.name,
  checkpointDir: policy.uri,
  ...(policy.uri !== null && { publication: publicationKey(policy) }),
})

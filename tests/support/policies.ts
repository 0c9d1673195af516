import { createHash } from 'node:crypto'
import type { Policy } from '../../contracts/policy.ts'
import { servable } from '../../contracts/servable.ts'
import type { ServablePolicy } from '../../contracts/ports/index.ts'

/** The executor's policy of a version; `uri` null is the base model. Other folders and versions have other names. */
export function aPolicy(version: number, uri: string | null): Policy {
  const checkpoint = createHash('sha256').update(`${version}:${uri}`).digest('hex')
  return { name: `tiny-executor-v${version}-${checkpoint.slice(0, 8)}`, role: 'executor', version, checkpoint, uri }
}

/** The same as a model server is asked for it. */
export const aServablePolicy = (version: number, checkpointDir: string | null): ServablePolicy =>
  servable(aPolicy(version, checkpointDir))

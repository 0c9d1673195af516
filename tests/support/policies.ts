import { createHash } from 'node:crypto'
import type { Policy } from '../../contracts/policy.ts'

/** The executor's policy of a version; `uri` null is the base model. Other folders and versions have other names. */
export function aPolicy(version: number, uri: string | null): Policy {
  const checkpoint = createHash('sha256').update(`${version}:${uri}`).digest('hex')
  return { name: `tiny-executor-v${version}-${checkpoint.slice(0, 8)}`, role: 'executor', version, checkpoint, uri }
}

import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { Policy } from '../contracts/policy.ts'
import { TrainingRecord } from '../contracts/training-record.ts'
import { servable } from '../core/loop/evolution.ts'
import { withHeartbeat } from './with-heartbeat.ts'
import type { RunContext, Services } from './services.ts'

export interface PublishPolicyInput {
  context: RunContext
  policy: Policy
  /** What its training step left, a `TrainingRecord`: the canary stands there. */
  record: ArtifactReference
}

export interface PublishPolicyResult {
  policy: string
  /** How many servers have it, and by how much their logprobs differ from the trainer's at most. */
  servers: number
  canaryDifference: number | null
}

/** Makes a policy available on every model server, and proves by its canary that the right weights arrived. */
export function publishPolicy({ models, store }: Pick<Services, 'models' | 'store'>) {
  return async ({ policy, record }: PublishPolicyInput): Promise<PublishPolicyResult> =>
    withHeartbeat(async () => {
      const { canary } = await store.getJson(TrainingRecord, record)
      const loaded = await models.ensurePolicy(servable(policy), canary)
      const differences = loaded.flatMap(({ canaryDifference }) => canaryDifference ?? [])
      return {
        policy: policy.name,
        servers: loaded.length,
        canaryDifference: differences.length === 0 ? null : Math.max(...differences),
      }
    })
}

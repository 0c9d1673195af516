import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { Policy } from '../contracts/policy.ts'
import { TrainingRecord } from '../contracts/training-record.ts'
import { servable } from '../core/loop/evolution.ts'
import { withHeartbeat } from './with-heartbeat.ts'
import type { RunContext, Services } from './services.ts'

export interface PublishPolicyInput {
  context: RunContext
  policy: Policy
  /** The `TrainingRecord` of its training step, which holds the canary. */
  record: ArtifactReference
}

export interface PublishPolicyResult {
  policy: string
  /** Number of servers that have it, and the largest difference of their logprobs from the trainer's. */
  servers: number
  canaryDifference: number | null
}

/** Loads a policy into every model server, and checks with its canary that the right weights arrived. */
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

import type { Policy } from '../contracts/policy.ts'
import { beating } from './beating.ts'
import type { RunContext, Services } from './services.ts'

export interface PublishPolicyInput {
  context: RunContext
  policy: Policy
  /** Lineage and step that made it: where its canary stands. */
  lineage: string
  step: number
}

export interface PublishPolicyResult {
  policy: string
  /** How many servers have it, and by how much their logprobs differ from the trainer's at most. */
  servers: number
  canaryDifference: number | null
}

/** Makes a policy available on every model server, and proves by its canary that the right weights arrived. */
export function publishPolicy({ models, trainer }: Pick<Services, 'models' | 'trainer'>) {
  return async ({ policy, lineage, step }: PublishPolicyInput): Promise<PublishPolicyResult> =>
    beating(async () => {
      const loaded = await models.ensurePolicy(policy, await trainer.canary(lineage, step))
      const differences = loaded.flatMap(({ canaryDifference }) => canaryDifference ?? [])
      return {
        policy: policy.name,
        servers: loaded.length,
        canaryDifference: differences.length === 0 ? null : Math.max(...differences),
      }
    })
}

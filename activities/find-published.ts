import type { Policy } from '../contracts/policy.ts'
import type { Services } from './services.ts'
import { isPublished, trainedPolicies, type TrainingStage } from './trained-policies.ts'

export interface FindPublishedResult {
  /** The last policy of the stage that was published; null if there is none. */
  policy: Policy | null
  /** The policy of the last step, if it was trained and not published. */
  unpublished: Policy | null
  /** Tokens sampled for all steps of the stage. */
  sampledTokens: number
}

/** Finds with what a role goes on if its stage is left out where it stands. */
export function findPublished({ store }: Pick<Services, 'store'>) {
  return async (stage: TrainingStage): Promise<FindPublishedResult> => {
    const trained = await trainedPolicies(store, stage)
    const sampledTokens = trained.reduce((sum, each) => sum + each.sampledTokens, 0)
    const policies = trained.map(({ sampledTokens: _tokens, ...policy }): Policy => policy)
    const last = policies.at(-1)
    if (last === undefined) return { policy: null, unpublished: null, sampledTokens }
    if (await isPublished(store, last)) return { policy: last, unpublished: null, sampledTokens }
    // Each step samples with the policy of the one before, so those before the last were published.
    return { policy: policies.at(-2) ?? null, unpublished: last, sampledTokens }
  }
}

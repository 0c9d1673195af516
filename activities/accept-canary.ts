import { ApplicationFailure } from '@temporalio/activity'
import { acceptedKey } from '../contracts/artifact-keys.ts'
import type { FailureType } from '../contracts/errors.ts'
import type { AcceptedCanary } from '../contracts/publication.ts'
import type { Services } from './services.ts'
import { trainedPolicies, type TrainingStage } from './trained-policies.ts'

const MISSING: FailureType = 'Agent0.Missing'

export interface AcceptCanaryInput extends TrainingStage {
  order: Omit<AcceptedCanary, 'policy'>
}

/** Records a person's order to publish the last policy of a stage whatever its canary's difference; the first order stays. */
export function acceptCanary({ store }: Pick<Services, 'store'>) {
  return async ({ order, ...stage }: AcceptCanaryInput): Promise<{ policy: string }> => {
    const policy = (await trainedPolicies(store, stage)).at(-1)
    if (policy === undefined)
      throw ApplicationFailure.nonRetryable(`${stage.stage} has trained no policy that could be accepted`, MISSING)
    await store.putJson(acceptedKey(policy), { policy: policy.name, ...order } satisfies AcceptedCanary)
    return { policy: policy.name }
  }
}

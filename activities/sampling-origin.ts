import { ApplicationFailure } from '@temporalio/activity'
import type { FailureType } from '../contracts/errors.ts'
import type { SamplingOrigin } from '../contracts/rollout.ts'

const INVARIANT: FailureType = 'Agent0.Invariant'

/**
 * Throws if the samples stored under `key` come from another policy or another prompt. That happens when a run resumes with another
 * config in the middle of a step.
 */
export function assertSameSampler(key: string, stored: SamplingOrigin, expected: SamplingOrigin): void {
  const refuse = (what: string) => {
    throw ApplicationFailure.nonRetryable(`${key} was sampled ${what}: resume with the original config`, INVARIANT)
  }
  if (stored.policy !== expected.policy) refuse(`by policy ${stored.policy}, not ${expected.policy}`)
  if (JSON.stringify(stored.promptTokenIds) !== JSON.stringify(expected.promptTokenIds)) refuse('with another prompt')
}

import { ApplicationFailure } from '@temporalio/activity'
import type { FailureType } from '../contracts/errors.ts'

const INVARIANT: FailureType = 'Agent0.Invariant'

/** What samples were made with: who was asked, and what. */
export interface SamplingOrigin {
  /** Name of the policy. */
  policy: string
  promptTokenIds: number[]
}

/**
 * Refuses samples under `key` that another policy, or another prompt, brought: they are no part of what is wanted now. That
 * happens where a run goes on under another config with what the former one left half done.
 */
export function assertSameSampler(key: string, stands: SamplingOrigin, wanted: SamplingOrigin): void {
  const refuse = (what: string) => {
    throw ApplicationFailure.nonRetryable(
      `${key} was begun with another ${what}: go on with the former config`,
      INVARIANT,
    )
  }
  if (stands.policy !== wanted.policy) refuse(`policy, ${stands.policy} instead of ${wanted.policy}`)
  if (JSON.stringify(stands.promptTokenIds) !== JSON.stringify(wanted.promptTokenIds)) refuse('prompt')
}

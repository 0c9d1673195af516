import { ApplicationFailure } from '@temporalio/activity'
import type { FailureType } from '../contracts/errors.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import { stopTokenIds, unknownStopTokens } from '../core/rollout/stop-tokens.ts'
import type { Services } from './services.ts'

const BAD_CONFIG: FailureType = 'Agent0.BadConfig'

/** The tokens behind which every generation of a run ends. Throws Agent0.BadConfig for one that the tokenizer lacks. */
export function stopsOf({ rollout }: RunConfig, tokenizer: Services['tokenizer']): number[] {
  const unknown = unknownStopTokens(rollout, tokenizer)
  if (unknown.length === 0) return stopTokenIds(rollout, tokenizer)
  const sentence = `rollout.stopTokens names ${unknown.join(', ')}, which the tokenizer of the base model lacks`
  throw ApplicationFailure.nonRetryable(sentence, BAD_CONFIG)
}

import type { Rollout } from '../../contracts/rollout.ts'
import type { Proposal } from '../../contracts/task.ts'
import type { TrainingRow } from '../../contracts/training-row.ts'
import type { GroupCredit } from '../advantages/credit.ts'

/** What a row needs of a sample, whoever wrote it. Masks and logprobs are per token behind the prompt. */
export interface SampledTokens {
  policy: string
  promptTokenIds: readonly number[]
  tokenIds: readonly number[]
  mask: readonly (0 | 1)[]
  logprobs: readonly number[]
}

/** A proposal: every token behind the prompt was sampled. */
export function tokensOfProposal({ policy, promptTokenIds, generation }: Proposal): SampledTokens {
  const { tokenIds, logprobs } = generation
  return { policy, promptTokenIds, tokenIds, mask: tokenIds.map(() => 1), logprobs }
}

export const tokensOfRollout = (rollout: Rollout): SampledTokens => rollout

/**
 * The rows of one group: exactly the ids that the server was sent and returned. A sample without a sampled token (its
 * prompt was too long) gives no row.
 * @param samples in the order of the credit's advantages
 */
export function rowsOfGroup(
  credit: GroupCredit,
  samples: readonly SampledTokens[],
  { pHat, temperature }: { pHat: number | null; temperature: number },
): TrainingRow[] {
  if (samples.length !== credit.advantages.length) {
    throw new Error(`${credit.id}: ${credit.advantages.length} advantages for ${samples.length} samples`)
  }
  return samples.flatMap(({ policy, promptTokenIds, tokenIds, mask, logprobs }, sample) => {
    if (!mask.includes(1)) return []
    const prompt = promptTokenIds.map(() => 0 as const)
    return {
      group: credit.id,
      sample,
      tokenIds: [...promptTokenIds, ...tokenIds],
      mask: [...prompt, ...mask],
      serverLogprobs: [...prompt, ...logprobs],
      policy,
      temperature,
      advantage: credit.advantages[sample]!,
      clipLow: credit.clipLow,
      clipHigh: credit.clipHigh,
      pHat,
    }
  })
}

import type { Rollout } from '../../contracts/rollout.ts'
import type { Proposal } from '../../contracts/task.ts'
import type { TrainingRow } from '../../contracts/training-row.ts'
import type { GroupCredit } from '../advantages/credit.ts'

/** What a training row needs of a sample, whether it is a rollout or a proposal. */
export type SampledTokens = Readonly<
  Pick<Rollout, 'policy' | 'promptTokenIds' | 'responseTokenIds' | 'responseMask' | 'responseLogprobs'>
>

/** A proposal: every token of its response was sampled. */
export function tokensOfProposal({ policy, promptTokenIds, generation }: Proposal): SampledTokens {
  const { tokenIds, logprobs } = generation
  return {
    policy,
    promptTokenIds,
    responseTokenIds: tokenIds,
    responseMask: tokenIds.map(() => 1),
    responseLogprobs: logprobs,
  }
}

/** A rollout without its texts. */
export function tokensOfRollout(rollout: Rollout): SampledTokens {
  const { policy, promptTokenIds, responseTokenIds, responseMask, responseLogprobs } = rollout
  return { policy, promptTokenIds, responseTokenIds, responseMask, responseLogprobs }
}

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
  return samples.flatMap(({ policy, promptTokenIds, responseTokenIds, responseMask, responseLogprobs }, sample) => {
    if (!responseMask.includes(1)) return []
    const prompt = promptTokenIds.map(() => 0 as const)
    return {
      group: credit.id,
      sample,
      tokenIds: [...promptTokenIds, ...responseTokenIds],
      mask: [...prompt, ...responseMask],
      serverLogprobs: [...prompt, ...responseLogprobs],
      policy,
      temperature,
      advantage: credit.advantages[sample]!,
      clipLow: credit.clipLow,
      clipHigh: credit.clipHigh,
      pHat,
    }
  })
}

import type { Canary } from '../../contracts/ports/model-server.ts'

/**
 * Largest difference of a logprob between a server's greedy continuation and the trainer's. Where the two choose
 * different tokens, as they may when two are nearly as likely, the rest is about other texts and is not compared.
 */
export function canaryDifference(canary: Canary, tokenIds: readonly number[], logprobs: readonly number[]): number {
  const parting = canary.tokenIds.findIndex((token, index) => token !== tokenIds[index])
  const compared = parting < 0 ? canary.tokenIds.length : parting + 1
  const differences = canary.logprobs
    .slice(0, compared)
    .map((value, index) => Math.abs(value - (logprobs[index] ?? NaN)))
  return Math.max(...differences)
}

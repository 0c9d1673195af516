import type { ExecutorConfig } from '../../contracts/config/executor.ts'

/**
 * 1 for an answer that is equivalent to the pseudo-label ỹ, else `otherwise`: different, undecided or no answer. Paper,
 * executor reward (0/1); released code ±1, the same after normalisation. Algorithm §6.
 */
export function executorReward(config: ExecutorConfig['reward'], agreesWithLabel: boolean): number {
  return agreesWithLabel ? 1 : config.otherwise
}

import type { Advantage } from '../../contracts/config/advantage.ts'
import { type ByKind, callByKind } from '../by-kind.ts'

/**
 * Rewards that differ by less, relative to the largest of them (or to 1, if that is larger), are equal: p̂ of 3/10 and of 7/10
 * earn 0.6 and 0.6000000000000001. Real differences are shares of k, of a batch or of a weight: far above it.
 */
const REWARD_TOLERANCE = 1e-9

/** Whether all samples of a group earned the same but for rounding, so that it gives no gradient. */
export function hasZeroVariance(rewards: readonly number[]): boolean {
  const [low, high] = [Math.min(...rewards), Math.max(...rewards)]
  return high - low <= REWARD_TOLERANCE * Math.max(1, Math.abs(low), Math.abs(high))
}

/**
 * r − mean in a group of one prompt: `std: none`, Dr. GRPO; algorithm §6. Exact zeros where all rewards are equal but for
 * rounding.
 */
export function groupCentred(rewards: readonly number[]): number[] {
  if (hasZeroVariance(rewards)) return rewards.map(() => 0)
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length
  return rewards.map((reward) => reward - mean)
}

/** (r − mean)/(std + epsilon) in a group of one prompt, std with n − 1: GRPO; algorithm §6. */
export function groupNormalised(rewards: readonly number[], epsilon: number): number[] {
  const centred = groupCentred(rewards)
  const squares = centred.reduce((sum, value) => sum + value * value, 0)
  const std = Math.sqrt(squares / (rewards.length - 1))
  return centred.map((value) => value / (std + epsilon))
}

const rules: ByKind<Advantage, [rewards: readonly number[]], number[]> = {
  'group-normalised': ({ epsilon }, rewards) => groupNormalised(rewards, epsilon),
  'group-centred': (_config, rewards) => groupCentred(rewards),
}

/**
 * The advantages of one group in the order of its rewards.
 *
 * @param group its key, for the error
 * @throws Error for a group of fewer than two, which has nothing to be compared with, or a reward that is not finite
 */
export function groupAdvantages(config: Advantage, group: string, rewards: readonly number[]): number[] {
  if (rewards.length < 2) throw new Error(`${group}: a group of ${rewards.length} has no baseline`)
  if (!rewards.every(Number.isFinite)) throw new Error(`${group}: a reward is not finite: ${rewards.join(', ')}`)
  return callByKind(rules, config, rewards)
}

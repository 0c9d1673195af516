/** Whether all samples of a group earned the same, so that it teaches nothing. */
export function hasZeroVariance(rewards: readonly number[]): boolean {
  return rewards.every((reward) => reward === rewards[0])
}

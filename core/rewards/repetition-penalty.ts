import type { CurriculumReward } from '../../contracts/config/curriculum-reward.ts'

/**
 * R_rep = λ_rep·(cluster size)/B. Paper, R_rep; algorithm §4.
 *
 * @param clusterSize proposals in this one's cluster, itself included
 * @param batchSize B: proposals scored together, malformed ones included as empty texts
 */
export function repetitionPenalty(
  config: CurriculumReward['repetition'],
  clusterSize: number,
  batchSize: number,
): number {
  return config.kind === 'none' ? 0 : (config.weight * clusterSize) / batchSize
}

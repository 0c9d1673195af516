import type { CurriculumReward } from '../../contracts/config/curriculum-reward.ts'
import { clusterShares } from './repetition/clusters.ts'

/**
 * λ_rep·(cluster size)/B of every question of a batch, in their order. Paper, R_rep; algorithm §4.
 *
 * @param questions B of them: proposals scored together, malformed ones included as empty texts
 */
export function repetitionPenalties(config: CurriculumReward['repetition'], questions: readonly string[]): number[] {
  if (config.kind === 'none') return questions.map(() => 0)
  return clusterShares(questions, config.distanceMax).map((share) => config.weight * share)
}

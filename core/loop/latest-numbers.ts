import type { OnlineTrainingTally } from '../../contracts/stage-tallies.ts'

/** The numbers of a step that people watch, as far as they were measured. */
export function latestNumbers({
  reward,
  rollouts,
  groups,
  updates,
  proposals,
}: OnlineTrainingTally): Record<string, number> {
  const ratios: [name: string, part: number, whole: number][] = [
    ['mean reward', reward['total']?.sum ?? 0, reward['total']?.count ?? 0],
    ['answer rate', rollouts.answered, rollouts.rollouts],
    ['tool calls per rollout', rollouts.toolCalls, rollouts.rollouts],
    [
      'calls not understood',
      rollouts.misreadCalls ?? 0,
      (rollouts.writtenCalls ?? rollouts.toolCalls) + (rollouts.misreadCalls ?? 0),
    ],
    ['format pass rate', proposals.wellFormed, proposals.asked],
    ['zero-variance groups', groups.zeroVariance, groups.count],
    ['KL train/server', updates.klTrainServer.sum, updates.klTrainServer.count],
  ]
  return Object.fromEntries(ratios.flatMap(([name, part, whole]) => (whole > 0 ? [[name, part / whole]] : [])))
}

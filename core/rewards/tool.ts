import type { CurriculumReward } from '../../contracts/config/curriculum-reward.ts'

/** Tool calls of one rollout. */
export interface ToolCalls {
  /** Closed code blocks. */
  written: number
  /** Code blocks that were run: never the one of the last turn. */
  executed: number
}

function mean(counts: readonly number[]): number {
  return counts.length === 0 ? 0 : counts.reduce((sum, count) => sum + count, 0) / counts.length
}

/**
 * λ_tool·R_tool = λ·γ·min(N_tool, C), N_tool the mean over the executor's k rollouts of a proposal. Paper, R_tool, and
 * released code, which counted marks in the proposer's own text; algorithm §4.
 *
 * @param calls one entry per rollout; none for a proposal that was not rolled out
 */
export function toolReward(config: CurriculumReward['tool'], calls: readonly ToolCalls[]): number {
  if (config.kind === 'none') return 0
  const counts = calls.map(({ written, executed }) => (config.kind === 'executed-calls' ? executed : written))
  return config.weight * config.perCall * Math.min(mean(counts), config.callsMax)
}

import type { CurriculumReward } from '../../contracts/config/curriculum-reward.ts'
import { type ByKind, callByKind } from '../by-kind.ts'

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

type Tool = CurriculumReward['tool']
type Capped = Exclude<Tool, { kind: 'none' }>

/** λ·γ·min(N_tool, C). */
const capped = ({ weight, perCall, callsMax }: Capped, counts: readonly number[]) =>
  weight * perCall * Math.min(mean(counts), callsMax)

const rewards: ByKind<Tool, [calls: readonly ToolCalls[]], number> = {
  'executed-calls': (config, calls) =>
    capped(
      config,
      calls.map(({ executed }) => executed),
    ),
  'written-calls': (config, calls) =>
    capped(
      config,
      calls.map(({ written }) => written),
    ),
  none: () => 0,
}

/**
 * λ_tool·R_tool = λ·γ·min(N_tool, C), N_tool the mean over the executor's k rollouts of a proposal. Paper, R_tool, and
 * released code, which counted marks in the proposer's own text; algorithm §4.
 *
 * @param calls one entry per rollout; none for a proposal that was not rolled out
 */
export function toolReward(config: Tool, calls: readonly ToolCalls[]): number {
  return callByKind(rewards, config, calls)
}

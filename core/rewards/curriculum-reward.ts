import type { CurriculumReward } from '../../contracts/config/curriculum-reward.ts'
import { finite } from './finite.ts'
import { formatReward, type ParsedProposal } from './format.ts'
import { repetitionPenalty } from './repetition-penalty.ts'
import { toolReward, type ToolCalls } from './tool.ts'
import { totalReward, type RewardTerms } from './total.ts'
import { uncertaintyReward } from './uncertainty.ts'

/** All that a proposal's reward depends on. */
export interface ProposalOutcome {
  id: string
  proposal: ParsedProposal
  /** Votes of the largest class / k; 0 without a vote, and for a malformed proposal. */
  pHat: number
  /** One entry per rollout. */
  toolCalls: readonly ToolCalls[]
  /** Proposals in its cluster, itself included. */
  clusterSize: number
}

/** A proposal's reward, and its terms as they enter it. */
export interface ProposalReward {
  id: string
  total: number
  terms: RewardTerms
}

/**
 * The curriculum agent's rewards for the proposals of one step, in their order. Algorithm §4. The proposer's own answer
 * counts only by being there.
 *
 * @throws Error with the id of a proposal whose reward is no number
 */
export function curriculumRewards(config: CurriculumReward, batch: readonly ProposalOutcome[]): ProposalReward[] {
  return batch.map(({ id, proposal, pHat, toolCalls, clusterSize }) => {
    const format = formatReward(config.format, proposal)
    const terms: RewardTerms = {
      format,
      uncertainty: format * finite(uncertaintyReward(config.uncertainty, pHat), 'the uncertainty reward', id),
      tool: format * finite(toolReward(config.tool, toolCalls), 'the tool reward', id),
      repetition: finite(repetitionPenalty(config.repetition, clusterSize, batch.length), 'the repetition penalty', id),
    }
    return { id, total: totalReward(config.total, terms), terms }
  })
}

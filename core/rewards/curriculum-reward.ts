import type { CurriculumReward } from '../../contracts/config/curriculum-reward.ts'
import type { ParsedProposal } from '../../contracts/task.ts'
import { type ByKind, callByKind } from '../by-kind.ts'
import { formatReward } from './format.ts'
import { toolReward, type ToolCalls } from './tool.ts'
import { uncertaintyReward } from './uncertainty.ts'
import { clusterShares } from './repetition/clusters.ts'

/** All that a proposal's reward depends on, besides the other proposals of its batch. */
export interface ProposalOutcome {
  id: string
  proposal: ParsedProposal
  /** Votes of the largest class / k; 0 without a vote, and for a malformed proposal. */
  pHat: number
  /** Share of the rollouts that answered, 0 to 1. Absent: all. */
  answeredShare?: number
  /** One entry per rollout. */
  toolCalls: readonly ToolCalls[]
}

/** The terms of a proposal's reward by name, weights included. `repetition` is taken away; all others but `format` are added. */
export type RewardTerms = Readonly<Record<string, number>> & { format: 0 | 1; repetition: number }

/** A proposal's reward, and its terms as they enter it. */
export interface ProposalReward {
  id: string
  total: number
  terms: RewardTerms
}

/** What stands for a proposal when a batch is searched for repetitions: its question; nothing if it is malformed. */
export function questionOf(proposal: ParsedProposal): string {
  return proposal.kind === 'well_formed' ? proposal.question : ''
}

/** R_unc + R_tool − R_rep, in this order. */
function earned({ format: _format, repetition, ...added }: RewardTerms): number {
  return Object.values(added).reduce((sum, term) => sum + term, 0) - repetition
}

/** R_format·max(0, R_unc + R_tool − R_rep). Paper; algorithm §4. */
export function gated(terms: RewardTerms): number {
  return terms.format * Math.max(0, earned(terms))
}

/** R_unc + R_tool − R_rep, or `malformed` − R_rep. Released code, −1; algorithm §4. */
export function additive(terms: RewardTerms, malformed: number): number {
  return terms.format === 1 ? earned(terms) : malformed - terms.repetition
}

const totals: ByKind<CurriculumReward['total'], [terms: RewardTerms], number> = {
  gated: (_config, terms) => gated(terms),
  additive: ({ malformed }, terms) => additive(terms, malformed),
}

/** The reward of a proposal from its terms. */
export function totalReward(config: CurriculumReward['total'], terms: RewardTerms): number {
  return callByKind(totals, config, terms)
}

/**
 * The reward of one proposal. Algorithm §4. The proposer's own answer counts only by being there.
 *
 * @param penalty of its batch: `repetitionPenalties`
 * @throws Error with the proposal's id where a term is not finite
 */
export function proposalReward(config: CurriculumReward, outcome: ProposalOutcome, penalty: number): ProposalReward {
  const { id, proposal, pHat, answeredShare, toolCalls } = outcome
  const format = formatReward(config.format, proposal)
  const terms: RewardTerms = {
    format,
    uncertainty:
      format * finite(uncertaintyReward(config.uncertainty, pHat, answeredShare), 'the uncertainty reward', id),
    tool: format * finite(toolReward(config.tool, toolCalls), 'the tool reward', id),
    repetition: finite(penalty, 'the repetition penalty', id),
  }
  return { id, total: totalReward(config.total, terms), terms }
}

/** The curriculum agent's rewards for the proposals of one step, in their order. Algorithm §4. */
export function curriculumRewards(config: CurriculumReward, batch: readonly ProposalOutcome[]): ProposalReward[] {
  const questions = batch.map(({ proposal }) => questionOf(proposal))
  const ofBatch = repetitionPenalties(config.repetition, questions)
  return batch.map((outcome, index) => proposalReward(config, outcome, ofBatch[index]!))
}

const penalties: ByKind<CurriculumReward['repetition'], [questions: readonly string[]], number[]> = {
  'cluster-share': ({ weight, distanceMax }, questions) =>
    clusterShares(questions, distanceMax).map((share) => weight * share),
  none: (_config, questions) => questions.map(() => 0),
}

/**
 * λ_rep·(cluster size)/B of every question of a batch, in their order. Paper, R_rep; algorithm §4.
 *
 * @param questions B of them: proposals scored together, malformed ones included as empty texts
 */
export function repetitionPenalties(config: CurriculumReward['repetition'], questions: readonly string[]): number[] {
  return callByKind(penalties, config, questions)
}

/** `value`, or an error that names `what` and the task: a reward that is NaN or infinite is a bug, never data. */
export function finite(value: number, what: string, taskId: string): number {
  if (!Number.isFinite(value)) throw new Error(`${taskId}: ${what} is ${value}`)
  return value
}

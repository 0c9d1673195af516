import type { CurriculumReward } from '../../contracts/config/curriculum-reward.ts'

/** The terms of a proposal's reward, weights included. `repetition` is what is taken away. */
export type RewardTerms = {
  format: 0 | 1
  uncertainty: number
  tool: number
  repetition: number
}

/** R_format·max(0, R_unc + R_tool − R_rep). Paper; algorithm §4. */
export function gated({ format, uncertainty, tool, repetition }: RewardTerms): number {
  return format * Math.max(0, uncertainty + tool - repetition)
}

/** R_unc + R_tool − R_rep, or `malformed` − R_rep. Released code, −1; algorithm §4. */
export function additive({ format, uncertainty, tool, repetition }: RewardTerms, malformed: number): number {
  return format === 1 ? uncertainty + tool - repetition : malformed - repetition
}

/** The reward of a proposal from its terms. */
export function totalReward(config: CurriculumReward['total'], terms: RewardTerms): number {
  return config.kind === 'gated' ? gated(terms) : additive(terms, config.malformed)
}

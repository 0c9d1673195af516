import type { CurriculumReward } from '../../contracts/config/curriculum-reward.ts'

/** A proposal as it was parsed; null for a part that is missing. */
export interface ParsedProposal {
  /** Text of the last complete `<question>` block. */
  question: string | null
  /** Text of the last complete `\boxed{}`. */
  answer: string | null
}

type Gate = (proposal: ParsedProposal) => boolean

const gates: Record<CurriculumReward['format']['kind'], Gate> = {
  'question-and-box': ({ question, answer }) => question !== null && question.trim() !== '' && answer !== null,
}

/** R_format: 1 for a well-formed proposal, else 0. Algorithm §4; paper and released code agree. */
export function formatReward(config: CurriculumReward['format'], proposal: ParsedProposal): 0 | 1 {
  return gates[config.kind](proposal) ? 1 : 0
}

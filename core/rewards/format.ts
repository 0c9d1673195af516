import type { CurriculumReward } from '../../contracts/config/curriculum-reward.ts'
import type { ParsedProposal } from '../../contracts/task.ts'

type Gate = (proposal: ParsedProposal) => boolean

const gates: Record<CurriculumReward['format']['kind'], Gate> = {
  'question-and-box': ({ kind }) => kind === 'well_formed',
}

/** R_format: 1 for a well-formed proposal, else 0. Algorithm §4; paper and released code agree. */
export function formatReward(config: CurriculumReward['format'], proposal: ParsedProposal): 0 | 1 {
  return gates[config.kind](proposal) ? 1 : 0
}

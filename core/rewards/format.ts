import type { CurriculumReward } from '../../contracts/config/curriculum-reward.ts'
import type { ParsedProposal } from '../../contracts/task.ts'
import { isWellFormed } from '../tiny-world/chain-value.ts'

type FormatGate = CurriculumReward['format']

/** What a gate asks of the question of a proposal that has one, and an answer. */
const gates: Record<FormatGate['kind'], (question: string) => boolean> = {
  'question-and-box': () => true,
  'tiny-world-grammar': isWellFormed,
}

/** A proposal as the run's gate sees it: what is well formed after it has R_format = 1, and only that is rolled out. */
export function gatedProposal(gate: FormatGate, proposal: ParsedProposal): ParsedProposal {
  const isRefused = proposal.kind === 'well_formed' && !gates[gate.kind](proposal.question)
  return isRefused ? { kind: 'malformed', problem: 'outside_grammar' } : proposal
}

/** Characters for each token that a prompt may have: text has about 4, and a token of Qwen's up to 128 spaces. */
const CHARACTERS_PER_TOKEN = 16

/** A proposal whose question can be put into a prompt: to read hundreds of thousands of characters would stop a worker for seconds. */
export function fittingProposal(promptTokensMax: number, proposal: ParsedProposal): ParsedProposal {
  const isLong = proposal.kind === 'well_formed' && proposal.question.length > CHARACTERS_PER_TOKEN * promptTokensMax
  return isLong ? { kind: 'malformed', problem: 'question_too_long' } : proposal
}

/** R_format: 1 for a well-formed proposal, else 0. Algorithm §4; paper and released code agree. */
export function formatReward(gate: FormatGate, proposal: ParsedProposal): 0 | 1 {
  return gatedProposal(gate, proposal).kind === 'well_formed' ? 1 : 0
}

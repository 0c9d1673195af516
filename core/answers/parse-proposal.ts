import type { ParsedProposal } from '../../contracts/task.ts'
import { extractAnswer } from './extract-answer.ts'

const OPEN = '<question>'
const CLOSE = '</question>'

function malformed(problem: (ParsedProposal & { kind: 'malformed' })['problem']): ParsedProposal {
  return { kind: 'malformed', problem }
}

/**
 * Reads the text of the curriculum agent: the last complete `<question>…</question>`, and a box outside of it, behind the
 * question if there is one, else before. This is the format gate R_format of the paper: well formed is 1, malformed 0.
 */
export function parseProposal(text: string): ParsedProposal {
  const lastClose = text.lastIndexOf(CLOSE)
  const open = lastClose < 0 ? -1 : text.lastIndexOf(OPEN, lastClose)
  if (open < 0) return malformed(text.includes(OPEN) ? 'unclosed_question' : 'no_question')
  const close = text.indexOf(CLOSE, open)
  const question = text.slice(open + OPEN.length, close).trim()
  if (question === '') return malformed('empty_question')
  const ownAnswer = extractAnswer(text.slice(close + CLOSE.length)) ?? extractAnswer(text.slice(0, open))
  return ownAnswer === null ? malformed('no_answer') : { kind: 'well_formed', question, ownAnswer }
}

import type { ParsedProposal } from '../../contracts/task.ts'
import { answerIn } from './answer-in.ts'

const OPEN = '<question>'
const CLOSE = '</question>'

function malformed(problem: (ParsedProposal & { kind: 'malformed' })['problem']): ParsedProposal {
  return { kind: 'malformed', problem }
}

/** `{The full problem statement}`: what stands in a prompt in a question's place. */
const PLACEHOLDER =
  /^(?:(?:the|a|an|your|my|new|whole|full|complete|entire|insert|write|put|problem|question|task|statement|text|description|goes|here|of)\b[ \t]*)+$/

const NAMES_IT = /problem|question|task|statement|text|description/

/** A question, however it is set: without signs and case. */
const plainly = (question: string) =>
  question
    .toLowerCase()
    .replace(/[^\p{L}\p{N}+=*/^-]+/gu, ' ')
    .replace(/^[* ]+|[* ]+$/g, '')

/** The questions of a prompt's examples. */
function questionsIn(prompt: string): string[] {
  return prompt
    .split(OPEN)
    .slice(1)
    .map((part) => plainly(part.split(CLOSE, 1)[0]!))
}

function isEcho(question: string, prompt: string): boolean {
  const plain = plainly(question)
  const isTemplate = plain.length < 80 && PLACEHOLDER.test(plain) && NAMES_IT.test(plain)
  return isTemplate || /^[\s.…?_<>{}]*$/.test(question) || questionsIn(prompt).includes(plain)
}

/**
 * Reads the text of the curriculum agent: the last complete `<question>…</question>`, and a box outside of it, behind the
 * question if there is one, else before. This is the format gate R_format of the paper: well formed is 1, malformed 0. A question that
 * only repeats the prompt, its template or one of its examples, is malformed too.
 */
export function parseProposal(text: string, prompt = ''): ParsedProposal {
  const lastClose = text.lastIndexOf(CLOSE)
  const open = lastClose < 0 ? -1 : text.lastIndexOf(OPEN, lastClose)
  if (open < 0) return malformed(text.includes(OPEN) ? 'unclosed_question' : 'no_question')
  const close = text.indexOf(CLOSE, open)
  const question = text.slice(open + OPEN.length, close).trim()
  if (question === '') return malformed('empty_question')
  if (isEcho(question, prompt)) return malformed('echo')
  const ownAnswer = answerIn(text.slice(close + CLOSE.length)) ?? answerIn(text.slice(0, open))
  return ownAnswer === null ? malformed('no_answer') : { kind: 'well_formed', question, ownAnswer }
}

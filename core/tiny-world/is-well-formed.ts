import { chainValue } from './chain-value.ts'
import { parseQuestion } from './parse-question.ts'

/**
 * The tiny world's gate for proposals: a sentence of its grammar that has a value, whichever it is. Without it cut and
 * scrambled questions are rewarded, as they bring p̂ towards ½.
 */
export function isWellFormed(question: string): boolean {
  const chain = parseQuestion(question)
  return chain !== null && chainValue(chain) !== null
}

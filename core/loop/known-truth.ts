import type { EvaluationConfig } from '../../contracts/config/evaluation.ts'
import { chainValue } from '../tiny-world/chain-value.ts'
import { parseQuestion } from '../tiny-world/parse-question.ts'

function tinyWorldTruth(question: string): string | null {
  const chain = parseQuestion(question)
  const value = chain === null ? null : chainValue(chain)
  return value === null ? null : String(value)
}

const sources: Record<EvaluationConfig['truth'], (question: string) => string | null> = {
  none: () => null,
  'tiny-world': tinyWorldTruth,
}

/** The right answer to a question that an agent wrote, where one can be computed; for evaluation only. */
export function knownTruth(source: EvaluationConfig['truth'], question: string): string | null {
  return sources[source](question)
}

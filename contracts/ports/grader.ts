import type { AnswerRules } from '../answer-rules.ts'
import type { Equivalence } from '../vote.ts'

/** Tells whether two answers mean the same; `undecided` where it ran out of time or could not read one of them. */
export interface Grader {
  /** One result per pair, in order, by the project's usual rules unless others are given. Throws only outages. */
  compare(pairs: readonly (readonly [string, string])[], rules?: AnswerRules): Promise<Equivalence[]>
}

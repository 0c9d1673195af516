/** What people decide differently about equal answers; each is a key of a run's `answers` (docs/answers.md). */
export interface AnswerRules {
  /** Whether 25% is 25 or 1/4, where the other answer has no percent sign. */
  percent: 'number' | 'hundredth'
  /** Whether 10 cm is 10. Two different units are different anyway. */
  units: 'optional' | 'required'
  /** Whether 1.41 is √2: never, or within 1e-4 of the larger. */
  decimals: 'exact' | 'close'
  /** Whether the variables A and a are one. */
  letters: 'cased' | 'uncased'
}

export const ANSWER_RULES: AnswerRules = { percent: 'number', units: 'optional', decimals: 'exact', letters: 'cased' }

/**
 * Grows with every change that may decide two answers otherwise. Kept with what was decided, so that nothing of an
 * earlier version is taken for a decision of this one. 1 is what compared normal forms and asked math-verify.
 */
export const GRADER_VERSION = 2

/**
 * How answers are graded, as part of a key: the version, and the initials of the rules that are not the usual ones. Votes of another
 * grading stand under another key.
 */
export function gradingTag(rules: AnswerRules): string {
  const names = Object.keys(ANSWER_RULES) as (keyof AnswerRules)[]
  const others = names.filter((name) => rules[name] !== ANSWER_RULES[name]).map((name) => rules[name][0])
  return ['grader', GRADER_VERSION, ...(others.length > 0 ? [others.join('')] : [])].join('-')
}

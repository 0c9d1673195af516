import { ANSWER_RULES, type AnswerRules } from '../../contracts/answer-rules.ts'
import type { Equivalence } from '../../contracts/vote.ts'
import { comparePlain, plainValue } from '../answers/plain-value.ts'
import type { Compare } from './vote.ts'

export type AnswerPair = readonly [string, string]

/** The key of a plain answer, else its text: answers of one form are equal, whoever grades them. */
export function formOf(answer: string): string {
  return plainValue(answer)?.key ?? `unread ${answer.trim()}`
}

/** What can be said without a grader; undefined where only a grader can say it. */
function compareInProcess(left: string, right: string, rules: AnswerRules): Equivalence | undefined {
  const [one, other] = [plainValue(left), plainValue(right)]
  if (one !== null && other !== null) return comparePlain(one, other, rules)
  return left.trim() === right.trim() ? 'equal' : undefined
}

/** Equivalence without a grader: what would need one is undecided. */
export const byForm: Compare = (left, right) => compareInProcess(left, right, ANSWER_RULES) ?? 'undecided'

/** Whether only a grader can say if two answers mean the same: in a run whose answers are numbers that is hardly any pair. */
export function needsGrader(left: string, right: string, rules: AnswerRules = ANSWER_RULES): boolean {
  return compareInProcess(left, right, rules) === undefined
}

const inOrder = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0)

/** One spelling of each form, the first by its text: the same ones in whatever order the answers come. */
export function distinctAnswers(answers: readonly (string | null)[]): string[] {
  const spellings = new Map<string, string>()
  const given = answers.flatMap((answer) => (answer === null ? [] : [answer.trim()]))
  for (const answer of given.toSorted(inOrder)) {
    const form = formOf(answer)
    if (!spellings.has(form)) spellings.set(form, answer)
  }
  return [...spellings.values()]
}

/** The pairs of `answers` that a grader has to compare before a vote. Their order is that of the texts. */
export function pairsToCompare(answers: readonly (string | null)[], rules: AnswerRules = ANSWER_RULES): AnswerPair[] {
  const distinct = distinctAnswers(answers)
  return distinct
    .flatMap((first, index) => distinct.slice(index + 1).map((second) => [first, second] as const))
    .filter(([first, second]) => needsGrader(first, second, rules))
}

const pairKey = (left: string, right: string) => JSON.stringify([formOf(left), formOf(right)].toSorted(inOrder))

/** Compares by what a grader decided for `pairs`. A pair that needs a grader and is not among them is a bug. */
export function byDecisions(
  pairs: readonly AnswerPair[],
  decisions: readonly Equivalence[],
  rules: AnswerRules = ANSWER_RULES,
): Compare {
  if (pairs.length !== decisions.length) throw new Error(`${decisions.length} decisions for ${pairs.length} pairs`)
  const table = new Map(pairs.map(([left, right], index) => [pairKey(left, right), decisions[index]!]))
  return (left, right) => {
    const known = compareInProcess(left, right, rules)
    if (known !== undefined) return known
    const decision = table.get(pairKey(left, right))
    if (decision === undefined) throw new Error(`the grader has not compared "${left}" with "${right}"`)
    return decision
  }
}

import { normalForm } from '../answers/normal-form.ts'
import type { Compare } from './vote.ts'

export type AnswerPair = readonly [string, string]

const INTEGER = /^(0|-?[1-9]\d*)$/

/** Only what was written as an integer counts as one: the normal form of `100%` is 100 too. */
const areIntegers = (left: string, right: string) => INTEGER.test(left.trim()) && INTEGER.test(right.trim())

/**
 * Whether only a grader can say if two answers mean the same. Equal normal forms are equal, and two integers with
 * different normal forms are different: in a run whose answers are numbers that covers nearly every pair.
 */
export function needsGrader(left: string, right: string): boolean {
  return normalForm(left) !== normalForm(right) && !areIntegers(left, right)
}

/**
 * The pairs of `answers` that a grader has to compare before a vote: of each normal form the spelling seen first, earlier
 * before later.
 */
export function pairsToCompare(answers: readonly (string | null)[]): AnswerPair[] {
  const spellings = new Map<string, string>()
  for (const answer of answers) {
    const form = answer === null ? null : normalForm(answer)
    if (form !== null && !spellings.has(form)) spellings.set(form, answer!)
  }
  const distinct = [...spellings.values()]
  return distinct
    .flatMap((first, index) => distinct.slice(index + 1).map((second) => [first, second] as const))
    .filter(([first, second]) => needsGrader(first, second))
}

/** Compares by what a grader decided for `pairs`. A pair that needs a grader and is not among them is a bug. */
export function byDecisions(pairs: readonly AnswerPair[], decisions: readonly ReturnType<Compare>[]): Compare {
  if (pairs.length !== decisions.length) throw new Error(`${decisions.length} decisions for ${pairs.length} pairs`)
  const table = new Map(pairs.map((pair, index) => [JSON.stringify(pair), decisions[index]!]))
  return (left, right) => {
    if (!needsGrader(left, right)) return normalForm(left) === normalForm(right) ? 'equal' : 'different'
    const decision = table.get(JSON.stringify([left, right]))
    if (decision === undefined) throw new Error(`the grader has not compared "${left}" with "${right}"`)
    return decision
  }
}

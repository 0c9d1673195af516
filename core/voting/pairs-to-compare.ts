import { normalForm } from '../answers/normal-form.ts'
import type { Compare } from './vote.ts'

/**
 * All pairs that a vote over `answers` may have to compare: of answers with different normal forms, the spelling seen
 * first, earlier before later. A grader outside this process decides them in one go.
 */
export function pairsToCompare(answers: readonly (string | null)[]): (readonly [string, string])[] {
  const spellings = new Map<string, string>()
  for (const answer of answers) {
    const form = answer === null ? null : normalForm(answer)
    if (form !== null && !spellings.has(form)) spellings.set(form, answer!)
  }
  const distinct = [...spellings.values()]
  return distinct.flatMap((first, index) => distinct.slice(index + 1).map((second) => [first, second] as const))
}

/** Compares by what a grader decided for `pairs`; an asked pair that is not among them is a bug. */
export function byDecisions(
  pairs: readonly (readonly [string, string])[],
  decisions: readonly ReturnType<Compare>[],
): Compare {
  if (pairs.length !== decisions.length) throw new Error(`${decisions.length} decisions for ${pairs.length} pairs`)
  const table = new Map(pairs.map((pair, index) => [JSON.stringify(pair), decisions[index]!]))
  return (representative, answer) => {
    const decision = table.get(JSON.stringify([representative, answer]))
    if (decision === undefined) throw new Error(`nobody compared "${representative}" with "${answer}"`)
    return decision
  }
}

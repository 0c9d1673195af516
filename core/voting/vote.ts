import type { Equivalence, Vote } from '../../contracts/vote.ts'
import { normalForm } from '../answers/normal-form.ts'

/** Compares two answers whose normal forms differ; the first is the representative of a class. */
export type Compare = (representative: string, answer: string) => Equivalence

/** Equivalence by string and normal form only: where normal forms differ, answers do. */
export const byNormalForm: Compare = () => 'different'

/**
 * The vote of k rollouts of one task (Algorithm §3). Each answer joins the class of an equal normal form, else the
 * first class whose representative `compare` calls equal, else it founds one. A rollout without an answer (null) abstains
 * and stays in the denominator: p̂ = (largest class) / k.
 *
 * `compare` need not be transitive: only representatives are compared, in sample order, so the result is determined.
 */
export function vote(answers: readonly (string | null)[], compare: Compare = byNormalForm): Vote {
  if (answers.length === 0) throw new Error('a vote needs at least one rollout')
  const votes: Vote['votes'] = []
  const classOfForm = new Map<string, Vote['votes'][number]>()
  let undecided = 0
  const isEqual = (representative: string, answer: string) => {
    const equivalence = compare(representative, answer)
    if (equivalence === 'undecided') undecided++
    return equivalence === 'equal'
  }
  for (const answer of answers) {
    if (answer === null) continue
    const form = normalForm(answer)
    const joined = classOfForm.get(form) ?? votes.find((known) => isEqual(known.answer, answer))
    if (joined !== undefined) joined.count++
    else votes.push({ answer, count: 1 })
    classOfForm.set(form, joined ?? votes.at(-1)!)
  }
  const largest = Math.max(0, ...votes.map(({ count }) => count))
  return {
    size: answers.length,
    votes,
    abstained: answers.filter((answer) => answer === null).length,
    pHat: largest / answers.length,
    label: votes.find(({ count }) => count === largest)?.answer ?? null,
    undecided,
  }
}

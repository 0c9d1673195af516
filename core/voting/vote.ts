import type { Vote } from '../../contracts/vote.ts'
import { murmur3 } from '../random/murmur3.ts'
import { bytesOf } from '../random/seeded-stream.ts'
import { type Ballot, classesOf, type Compare } from './classes.ts'
import { exactest } from './exactest.ts'
import { byForm, distinctAnswers, formOf } from './pairs-to-compare.ts'

export type { Compare } from './classes.ts'

/** Of equally many votes no answer wins by being small or short: the winner is drawn by all their texts. */
function drawOf(answer: string, rivals: string): number {
  return murmur3(bytesOf(`${answer}\n${rivals}`), 0)[0]
}

function ranked(votes: readonly Ballot[]): Ballot[] {
  const rivals = JSON.stringify(votes.map(({ answer }) => answer).toSorted())
  const draws = new Map(votes.map(({ answer }) => [answer, drawOf(answer, rivals)]))
  return votes.toSorted((one, other) => other.count - one.count || draws.get(one.answer)! - draws.get(other.answer)!)
}

/**
 * The vote of k rollouts of one task (Algorithm §3). Answers of one form are one ballot; ballots that `compare` calls equal
 * are one class (`classesOf`). A rollout without an answer (null) abstains and stays in the denominator: p̂ = (largest
 * class) / k. The order of the answers changes nothing.
 */
export function vote(answers: readonly (string | null)[], compare: Compare = byForm): Vote {
  if (answers.length === 0) throw new Error('a vote needs at least one rollout')
  const given = answers.filter((answer) => answer !== null)
  const spellings = new Map<string, string[]>()
  for (const answer of given) {
    const form = formOf(answer)
    spellings.set(form, [...(spellings.get(form) ?? []), answer])
  }
  const ballots = distinctAnswers(given).map((answer) => ({ answer, count: spellings.get(formOf(answer))!.length }))
  const { classes, undecided, contradictions } = classesOf(ballots, compare)
  const votes = classes.map((members) => {
    const own = members.flatMap((index) => spellings.get(formOf(ballots[index]!.answer))!)
    return { answer: exactest(own), count: own.length }
  })
  const [largest] = ranked(votes)
  return {
    size: answers.length,
    votes: ranked(votes),
    abstained: answers.length - given.length,
    pHat: (largest?.count ?? 0) / answers.length,
    label: largest?.answer ?? null,
    undecided,
    contradictions,
  }
}

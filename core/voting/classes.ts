import type { Equivalence } from '../../contracts/vote.ts'

/** Compares two answers of different forms. */
export type Compare = (left: string, right: string) => Equivalence

/** Answers of one form, and how often it was given. */
export interface Ballot {
  answer: string
  count: number
}

export interface Classes {
  /** Which ballots belong together, each by its index. */
  classes: number[][]
  /** Pairs of ballots that are undecided. */
  undecided: number
  /** Three ballots of which two pairs are equal and one is different. */
  contradictions: number
}

interface Edge {
  left: number
  right: number
  votes: number
}

function decidedPairs(ballots: readonly Ballot[], compare: Compare) {
  const table = ballots.map(() => new Map<number, Equivalence>())
  for (let left = 0; left < ballots.length; left++)
    for (let right = left + 1; right < ballots.length; right++) {
      const decision = compare(ballots[left]!.answer, ballots[right]!.answer)
      table[left]!.set(right, decision)
      table[right]!.set(left, decision)
    }
  return table
}

function countContradictions(table: readonly ReadonlyMap<number, Equivalence>[]): number {
  let found = 0
  for (const [middle, decisions] of table.entries()) {
    const equals = [...decisions].flatMap(([other, decision]) => (decision === 'equal' ? [other] : []))
    for (const [index, left] of equals.entries())
      for (const right of equals.slice(index + 1)) if (table[left]!.get(right) === 'different') found++
    if (middle === table.length - 1) break
  }
  return found
}

/**
 * Classes of equal ballots: an equivalence, whatever `compare` says. Pairs that are equal are joined one after another, those
 * with most votes first, unless that would put two into one class that are different. So `10` beside `10 cm` and `10 km` joins
 * the larger of both. Undecided pairs neither join nor part.
 *
 * @param ballots each of its own form, in the order of their texts: that order settles what has equally many votes, so the
 *   result does not depend on the order in which the answers came
 */
export function classesOf(ballots: readonly Ballot[], compare: Compare): Classes {
  const table = decidedPairs(ballots, compare)
  const classOf = ballots.map((_, index) => [index])
  const edges: Edge[] = []
  let undecided = 0
  for (const [left, decisions] of table.entries())
    for (const [right, decision] of decisions) {
      if (right < left) continue
      if (decision === 'undecided') undecided++
      if (decision === 'equal') edges.push({ left, right, votes: ballots[left]!.count + ballots[right]!.count })
    }
  // Sorting is stable: equally heavy edges stay in the order of the texts.
  for (const { left, right } of edges.toSorted((one, other) => other.votes - one.votes)) {
    const [joined, other] = [classOf[left]!, classOf[right]!]
    if (joined === other) continue
    if (joined.some((one) => other.some((two) => table[one]!.get(two) === 'different'))) continue
    joined.push(...other)
    for (const index of other) classOf[index] = joined
  }
  return { classes: [...new Set(classOf)], undecided, contradictions: countContradictions(table) }
}

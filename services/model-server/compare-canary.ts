import type { Canary, CanaryRow } from '../../contracts/canary.ts'
import type { CanaryCheck } from '../../contracts/ports/model-server.ts'

/** A server nearer to other weights by less than this is not told apart, nats: what is recorded is rounded. */
const ROUNDING = 1e-5
/** Standard errors of the mean by which a server must be nearer to other weights: texts are not independent tokens. */
const CERTAIN = 4

const OTHERS = ['base', 'parent'] as const

/** How a server's logprobs lie beside the trainer's. */
export interface Comparison {
  /** Mean absolute difference, nats. */
  difference: number
  /** Whose logprobs the server's are nearer to than to the policy's, beyond doubt; null if to nobody's. */
  nearerTo: (typeof OTHERS)[number] | null
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** Mean absolute difference of two lists of logprobs, nats. */
export const meanDifference = (ours: readonly number[], theirs: readonly number[]): number =>
  mean(ours.map((value, index) => Math.abs(value - theirs[index]!)))

/** The logprobs of all rows, one after the other; null where a row has none. */
export function joined(rows: readonly CanaryRow[], whose: 'base' | 'parent'): number[] | null {
  const lists = rows.map((row) => row[whose])
  return lists.every((list) => list !== null) ? lists.flat() : null
}

/** Whether a server's logprobs are nearer to others than to the policy's, token by token, and not by chance. */
function isNearer(theirs: readonly number[], ours: readonly number[], others: readonly number[]): boolean {
  const gains = theirs.map((value, index) => Math.abs(value - ours[index]!) - Math.abs(value - others[index]!))
  const gain = mean(gains)
  const variance = mean(gains.map((each) => (each - gain) ** 2))
  return gain > ROUNDING && gain > CERTAIN * Math.sqrt(variance / gains.length)
}

/** @param theirs the server's logprobs of the canary's sampled tokens, row after row */
export function compareCanary({ rows }: Canary, theirs: readonly number[]): Comparison {
  const ours = rows.flatMap(({ logprobs }) => logprobs)
  const nearerTo = OTHERS.find((whose) => {
    const others = joined(rows, whose)
    return others !== null && isNearer(theirs, ours, others)
  })
  return { difference: meanDifference(ours, theirs), nearerTo: nearerTo ?? null }
}

/** What is wrong with a server, and the type of the failure; null if it may serve the policy. */
export function canaryProblem(
  { bound, isAccepted }: Pick<CanaryCheck, 'bound' | 'isAccepted'>,
  { difference, nearerTo }: Comparison,
): { type: 'Agent0.OtherWeights' | 'Agent0.CanaryOverBound'; problem: string } | null {
  const measured = `its logprobs differ from the trainer's by ${difference.toPrecision(3)} nats in the mean`
  if (nearerTo !== null)
    return { type: 'Agent0.OtherWeights', problem: `answers as the policy's ${nearerTo}: ${measured}` }
  // Not ">", which NaN would pass.
  if (isAccepted || difference <= bound) return null
  return { type: 'Agent0.CanaryOverBound', problem: `${measured}, ${bound.toPrecision(3)} at most` }
}

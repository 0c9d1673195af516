import type { CurationConfig } from '../../contracts/config/curation.ts'

/** A pool so far. */
export interface PoolCounts {
  proposed: number
  kept: number
  /** Dropped proposals by reason. */
  dropped: Readonly<Record<string, number>>
}

/** What a curation does next. */
export type YieldDecision =
  | { kind: 'enough' }
  /** Ask for `count` more proposals. */
  | { kind: 'propose'; count: number }
  /** The budget is spent, or cannot bring enough: tell a person before anything more is sampled. `count`: what would have come next. */
  | { kind: 'refuse'; reason: string; count: number }

/** Quantile of the normal distribution for a one-sided confidence of 99.9 %, nominally; of 20 proposals 99.5 % (the test). */
const Z = 3.0902

/**
 * The largest yield with which `kept` or fewer of `proposed` would not be a surprise: upper end of Wilson's score interval. As
 * if proposals were independent. They are not: repetitions grow with a pool, so later proposals yield less. Square roots are
 * exact, so that a workflow that is replayed elsewhere decides the same.
 * https://doi.org/10.1080/01621459.1927.10502953
 */
export function yieldAtMost(kept: number, proposed: number): number {
  const share = kept / proposed
  const spread = Z * Math.sqrt((share * (1 - share)) / proposed + (Z / (2 * proposed)) ** 2)
  return Math.min(1, (share + Z ** 2 / (2 * proposed) + spread) / (1 + Z ** 2 / proposed))
}

function counted({ kept, dropped }: PoolCounts, tasksMin: number): string {
  const reasons = Object.entries(dropped).toSorted(([, left], [, right]) => right - left)
  const counts = reasons.map(([reason, count]) => `${count} ${reason}`).join(', ')
  return `yielded ${kept} tasks and ${tasksMin} are needed; dropped: ${counts}`
}

/** Why the rest of the budget is not worth sampling, if it is not. */
function hopeless({ poolSize, tasksMin, proposalsMax }: CurationConfig, { proposed, kept }: PoolCounts): string | null {
  const [left, missing] = [proposalsMax - proposed, tasksMin - kept]
  const atMost = Math.floor(yieldAtMost(kept, proposed) * left)
  if (atMost < missing) return `the ${left} proposals that are left would bring ${atMost} more at the very most`
  // Once, before a second pool: whoever raises the budget then is not asked again for as long as it may suffice.
  if (proposed > poolSize || kept * left >= missing * proposed) return null
  const wanted = kept === 0 ? 'no budget would do' : `about ${Math.ceil((tasksMin * proposed) / kept)} would be needed`
  return `at this yield ${wanted}, and proposalsMax is ${proposalsMax}`
}

/**
 * Whether a pool has given enough tasks. The first answer, for an empty pool, is its size; later ones ask for what is missing
 * at the yield so far, a whole pool at most, as long as the budget can bring it. Algorithm §5.
 */
export function checkYield(config: CurationConfig, pool: PoolCounts): YieldDecision {
  const { poolSize, tasksMin, proposalsMax } = config
  const { proposed, kept } = pool
  if (proposed >= poolSize && kept >= tasksMin) return { kind: 'enough' }
  const atThisYield = Math.ceil(((tasksMin - kept) * proposed) / Math.max(kept, 1))
  const wanted = proposed < poolSize ? poolSize - proposed : Math.min(atThisYield, poolSize)
  const count = Math.max(0, Math.min(wanted, proposalsMax - proposed))
  if (count === 0)
    return { kind: 'refuse', count, reason: `${proposed} proposals, the whole budget, ${counted(pool, tasksMin)}` }
  if (proposed < poolSize) return { kind: 'propose', count }
  const why = hopeless(config, pool)
  return why === null
    ? { kind: 'propose', count }
    : { kind: 'refuse', count, reason: `${proposed} proposals ${counted(pool, tasksMin)}; ${why}` }
}

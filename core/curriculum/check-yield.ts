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
  /** Give up, and tell the person this. */
  | { kind: 'refuse'; reason: string }

function refusal({ proposed, kept, dropped }: PoolCounts, tasksMin: number): string {
  const reasons = Object.entries(dropped).toSorted(([, left], [, right]) => right - left)
  const counts = reasons.map(([reason, count]) => `${count} ${reason}`).join(', ')
  return `${proposed} proposals, the whole budget, yielded ${kept} tasks and ${tasksMin} are needed; dropped: ${counts}`
}

/**
 * Whether a pool has given enough tasks. The first answer, for an empty pool, is its size; later ones ask for what is missing
 * at the yield so far, a whole pool at most. Algorithm §5.
 */
export function checkYield(config: CurationConfig, pool: PoolCounts): YieldDecision {
  const { poolSize, tasksMin, proposalsMax } = config
  const { proposed, kept } = pool
  if (proposed >= poolSize && kept >= tasksMin) return { kind: 'enough' }
  if (proposed >= proposalsMax) return { kind: 'refuse', reason: refusal(pool, tasksMin) }
  const atThisYield = Math.ceil(((tasksMin - kept) * proposed) / Math.max(kept, 1))
  const wanted = proposed < poolSize ? poolSize - proposed : Math.min(atThisYield, poolSize)
  return { kind: 'propose', count: Math.min(wanted, proposalsMax - proposed) }
}

import type { CurationTally } from '../../contracts/stage-tallies.ts'

type Counts = Pick<CurationTally['rollouts'], 'rollouts' | 'answered' | 'toolCalls' | 'misreadCalls'>

/** part / whole, or null where nothing was counted: a share of nothing is unknown, not 0. */
export function ratio(part: number | undefined, whole: number | undefined): number | null {
  return part === undefined || whole === undefined || whole === 0 ? null : part / whole
}

/** The share of rollouts without an answer. */
export function abstainedShare({ rollouts, answered }: Counts): number | null {
  return ratio(rollouts - answered, rollouts)
}

/** Of the calls that were run or meant, the share that was not understood; null where nobody called, or nobody counted. */
export function misreadCallShare({ toolCalls, misreadCalls }: Counts): number | null {
  return ratio(misreadCalls, toolCalls + (misreadCalls ?? 0))
}

import type { CurationTally } from '../../contracts/stage-tallies.ts'

type Counts = Pick<CurationTally['rollouts'], 'rollouts' | 'answered' | 'toolCalls' | 'writtenCalls' | 'misreadCalls'>

/** part / whole, or null where nothing was counted: a share of nothing is unknown, not 0. */
export function ratio(part: number | undefined, whole: number | undefined): number | null {
  return part === undefined || whole === undefined || whole === 0 ? null : part / whole
}

/** The share of rollouts without an answer. */
export function abstainedShare({ rollouts, answered }: Counts): number | null {
  return ratio(rollouts - answered, rollouts)
}

/** Of the calls that were written, run or not, the share that was not understood; null where nobody called, or nobody counted. */
export function misreadCallShare({
  toolCalls,
  writtenCalls = toolCalls,
  misreadCalls,
}: Pick<Counts, 'toolCalls' | 'writtenCalls' | 'misreadCalls'>): number | null {
  return ratio(misreadCalls, writtenCalls + (misreadCalls ?? 0))
}

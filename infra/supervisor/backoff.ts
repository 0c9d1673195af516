const FIRST_MS = 500
const LONGEST_MS = 30_000

/** Delay before a start, after `failuresInARow` processes that ended early: 0 after none, 0.5 s after one, doubled each time, 30 s at most. */
export function backoffMs(failuresInARow: number): number {
  return failuresInARow === 0 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failuresInARow - 1, 16))
}

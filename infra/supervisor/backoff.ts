const FIRST_MS = 500
const LONGEST_MS = 30_000

/** How long to wait before the n-th start in a row that did not last (n from 1): 0.5 s, doubled each time, 30 s at most. */
export function backoffMs(failuresInARow: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failuresInARow - 1, 16))
}

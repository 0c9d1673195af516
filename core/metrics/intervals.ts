/** From and to, milliseconds since 1970. */
export type Interval = readonly [from: number, to: number]

/** All times that one of the intervals covers, as intervals in order of which none meets another. */
export function union(intervals: readonly Interval[]): Interval[] {
  const met: [number, number][] = []
  for (const [from, to] of intervals.toSorted((a, b) => a[0] - b[0])) {
    const last = met.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to)
    else met.push([from, to])
  }
  return met
}

/** How much of a window the intervals cover, milliseconds. */
export function busyTime(intervals: readonly Interval[], [from, to]: Interval): number {
  return union(intervals).reduce((sum, [a, b]) => sum + Math.max(0, Math.min(b, to) - Math.max(a, from)), 0)
}

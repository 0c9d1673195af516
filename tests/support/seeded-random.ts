/** A small generator for fuzz tests, so that a failure can be repeated: the same seed gives the same numbers. */
export interface SeededRandom {
  /** An integer from 0 to `below` − 1. */
  integer(below: number): number
  pick<T>(items: readonly T[]): T
}

/** Mulberry32. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed
  const integer = (below: number) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
  return { integer, pick: (items) => items[integer(items.length)]! }
}

/** Items from `from` up to but not including `to`. */
export interface Range {
  from: number
  to: number
}

/** Proposals of one request of a pool, which a server samples together. */
export const PROPOSALS_PER_REQUEST = 50

/** Proposals of a pool that share a prompt, where prompts are drawn: few, so that a pool has many topics. */
export const PROPOSALS_PER_PROMPT = 5

/** Cuts `range` into pieces of at most `sizeMax` items. Pieces end at multiples of `align`, so that they never halve a block. */
export function splitRange({ from, to }: Range, sizeMax: number, align = 1): Range[] {
  const size = Math.max(align, sizeMax - (sizeMax % align))
  const pieces: Range[] = []
  for (let start = from; start < to;) {
    const end = Math.min(to, start - (start % align) + size)
    pieces.push({ from: start, to: end })
    start = end
  }
  return pieces
}

/** Items from `from` up to but not including `to`. */
export interface Range {
  from: number
  to: number
}

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

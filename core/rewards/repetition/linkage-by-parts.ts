import { averageLinkage } from './average-linkage.ts'
import { nearComponents } from './near-components.ts'
import { pairDistances } from './pair-distances.ts'

/** All pairs of so many texts take 4·n² bytes, 1 GiB. */
export const LARGEST_PART = 16_384

/** A batch with more texts near each other than memory holds the pairs of. */
export class TooManyAlike extends Error {
  constructor(size: number) {
    super(
      `${size} questions repeat each other more or less, ${LARGEST_PART} can be compared at once: score fewer together`,
    )
  }
}

/**
 * Average linkage inside each near component alone, for batches whose triangle of all pairs would not fit: memory grows
 * with the square of the largest part. The clusters are those of the whole batch except where equal distances leave
 * a choice: scipy's chain may then enter a part at another text than its first (2 of the 306 reference batches).
 * @returns per text the text that stands for its cluster
 * @throws TooManyAlike
 */
export function linkageByParts(texts: readonly string[], threshold: number): Int32Array {
  const representatives = Int32Array.from(texts.keys())
  for (const part of nearComponents(texts, threshold)) {
    if (part.length === 1) continue
    if (part.length > LARGEST_PART) throw new TooManyAlike(part.length)
    const distances = pairDistances(part.map((number) => texts[number]!))
    for (const [at, representative] of averageLinkage(distances, part.length, threshold).entries()) {
      representatives[part[at]!] = part[representative]!
    }
  }
  return representatives
}

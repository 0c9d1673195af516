import { averageLinkage } from './average-linkage.ts'
import { nearComponents } from './near-components.ts'
import { pairDistances } from './pair-distances.ts'

/**
 * Average linkage inside each near component alone, for batches whose triangle of all pairs would not fit: memory grows
 * with the square of the largest part. The clusters are those of the whole batch except where equal distances leave
 * a choice: scipy's chain may then enter a part at another text than its first (2 of the 306 reference batches).
 * @returns per text the text that stands for its cluster
 */
export function linkageByParts(texts: readonly string[], threshold: number): Int32Array {
  const representatives = Int32Array.from(texts.keys())
  for (const part of nearComponents(texts, threshold)) {
    if (part.length === 1) continue
    const distances = pairDistances(part.map((number) => texts[number]!))
    for (const [at, representative] of averageLinkage(distances, part.length, threshold).entries()) {
      representatives[part[at]!] = part[representative]!
    }
  }
  return representatives
}

import { averageLinkage } from './average-linkage.ts'
import { linkageByParts } from './linkage-by-parts.ts'
import { pairDistances } from './pair-distances.ts'

/** Proposals nearer than this are repetitions of each other (paper, equation of R_rep; released code: 0.5). */
export const REPETITION_THRESHOLD = 0.5

/** Up to this size all pairs are held at once (4·n² bytes: 268 MB here), and ties fall as they do in scipy. */
export const ALL_PAIRS_TEXTS = 8192

/**
 * Clusters of texts that say nearly the same: average linkage over 1 − BLEU, cut at `threshold`; the clusters of NLTK
 * and scikit-learn (tests/reference/), beyond `ALL_PAIRS_TEXTS` but for ties (`linkageByParts`).
 * @param allPairsTexts the largest batch whose pairs are all held at once
 * @returns per text the number of its cluster, numbered by first appearance from 0
 */
export function repetitionClusters(
  texts: readonly string[],
  threshold = REPETITION_THRESHOLD,
  allPairsTexts = ALL_PAIRS_TEXTS,
): number[] {
  const representatives =
    texts.length <= allPairsTexts
      ? averageLinkage(pairDistances(texts), texts.length, threshold)
      : linkageByParts(texts, threshold)
  const numbers = new Map<number, number>()
  return Array.from(representatives, (representative) => {
    const number = numbers.get(representative) ?? numbers.size
    numbers.set(representative, number)
    return number
  })
}

/**
 * R_rep before its weight: the size of each text's cluster over the number of texts B, in (0, 1].
 * Source: paper, repetition penalty; Algorithm §4. Malformed proposals stand among `texts` as empty texts.
 */
export function clusterShares(texts: readonly string[], threshold = REPETITION_THRESHOLD): number[] {
  const clusters = repetitionClusters(texts, threshold)
  const sizes = new Map<number, number>()
  for (const cluster of clusters) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1)
  return clusters.map((cluster) => sizes.get(cluster)! / texts.length)
}

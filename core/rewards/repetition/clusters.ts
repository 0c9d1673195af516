import { averageLinkage, triangleIndex } from './average-linkage.ts'
import { nearComponents } from './near-duplicates.ts'
import { BleuMemo, ORDERS } from './bleu.ts'
import { NgramIndex } from './ngram-index.ts'

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

/** All pairs of this many texts take 4·n² bytes, 1 GiB. */
export const LARGEST_PART = 16_384

/** A batch with more texts near each other than memory holds the pairs of. */
export class TooManyAlike extends Error {
  constructor(size: number) {
    super(`${size} near-duplicate questions in one batch (limit ${LARGEST_PART}): score a smaller file`)
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

/**
 * 1 − BLEU of all pairs, the earlier text as candidate and the later as reference (Algorithm §4, row "clusters").
 * In doubles, 4·n² bytes: in single precision a distance next to τ, and a tie, would fall to the wrong side.
 * @returns distances of texts i and j < i at `triangleIndex(i, j)`, each in [0, 1]
 */
export function pairDistances(texts: readonly string[]): Float64Array {
  const distances = new Float64Array(triangleIndex(texts.length, 0))
  const index = new NgramIndex()
  const memo = new BleuMemo()
  for (const text of texts) {
    const reference = index.read(text)
    for (let order = 0; order < ORDERS; order++) index.count(reference, order)
    const { size, words, counts } = index
    const row = triangleIndex(size, 0)
    for (let earlier = 0; earlier < size; earlier++) {
      distances[row + earlier] = memo.distance(words[earlier]!, reference.words, counts, earlier * ORDERS)
    }
    index.clearCounts()
    index.add(reference)
  }
  return distances
}

import { BleuMemo } from './bleu-memo.ts'
import { ORDERS } from './bleu.ts'
import { NgramIndex } from './ngram-index.ts'
import { triangleIndex } from './triangle.ts'

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

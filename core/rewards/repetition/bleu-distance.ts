import { ORDERS, brevityPenalty, precisionMean } from './bleu.ts'
import { NgramIndex } from './ngram-index.ts'

/**
 * 1 − NLTK's `sentence_bleu([later.split()], earlier.split())` with smoothing method 1, in [0, 1]: 1 when the texts
 * share no word, or one has none. Not symmetric where lengths differ; a text of one to three words is not at 0 from
 * itself, for runs of four that it cannot have count a tenth. For many texts at once: `pairDistances`, `NearDuplicates`.
 */
export function bleuDistance(earlier: string, later: string): number {
  const index = new NgramIndex()
  const candidate = index.read(earlier)
  index.add(candidate)
  const reference = index.read(later)
  for (let order = 0; order < ORDERS; order++) index.count(reference, order)
  if (index.counts[0] === 0) return 1
  return 1 - brevityPenalty(candidate.words, reference.words) * precisionMean(candidate.words, index.counts, 0)
}

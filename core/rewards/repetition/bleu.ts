import { exp, log, sum } from './exact-math.ts'

/** BLEU-4: n-grams of one to four words, each with weight ¼ (NLTK's default). */
export const ORDERS = 4

// NLTK SmoothingFunction().method1: the count that stands in for no match at all.
const SMOOTHED_COUNT = 0.1

/** p_n of NLTK's `modified_precision`, smoothed by method 1. `order` counts from 0. */
export function precision(candidateWords: number, order: number, matches: number): number {
  return (matches === 0 ? SMOOTHED_COUNT : matches) / Math.max(1, candidateWords - order)
}

/** The penalty for a candidate that is shorter than its reference: exp(1 − r/c), or 1. */
export function brevityPenalty(candidateWords: number, referenceWords: number): number {
  return candidateWords > referenceWords ? 1 : exp(1 - referenceWords / candidateWords)
}

/**
 * exp(Σ ¼ ln p_n): rounded where NLTK rounds (each logarithm, the exact sum, the exponential), so that ties agree.
 * @param counts how many n-grams of the candidate its reference has too, each clipped at the reference's own count;
 *   those of this pair begin at `at`, single words first (a view into a long array, for hot loops)
 */
export function precisionMean(candidateWords: number, counts: Int32Array, at: number): number {
  const terms: number[] = []
  for (let order = 0; order < ORDERS; order++) {
    terms.push(0.25 * log(precision(candidateWords, order, counts[at + order]!)))
  }
  return exp(sum(terms))
}

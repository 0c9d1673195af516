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

const SLOTS = 1 << 15
const COUNT_LIMIT = 1 << 10

/**
 * BLEU distances of many pairs. Few different (length, matches) occur among millions of pairs, so their scores are
 * kept: a direct-mapped table that forgets by overwriting, of constant size.
 */
export class BleuMemo {
  readonly #keys = new Float64Array(SLOTS).fill(-1)
  readonly #means = new Float64Array(SLOTS)
  readonly #penalties = new Map<number, Float64Array>()

  /**
   * 1 − BLEU of a candidate against one reference, in [0, 1].
   * @param counts clipped matches; those of this pair begin at `at`, single words first
   */
  distance(candidateWords: number, referenceWords: number, counts: Int32Array, at: number): number {
    if (counts[at] === 0) return 1
    return 1 - this.#penalty(candidateWords, referenceWords) * this.#mean(candidateWords, counts, at)
  }

  #mean(words: number, counts: Int32Array, at: number): number {
    if (words >= COUNT_LIMIT) return precisionMean(words, counts, at)
    const [one, two, three, four] = [counts[at]!, counts[at + 1]!, counts[at + 2]!, counts[at + 3]!]
    const low = (two * COUNT_LIMIT + three) * COUNT_LIMIT + four
    const high = words * COUNT_LIMIT + one
    const key = high * COUNT_LIMIT ** 3 + low
    const hash = Math.imul(high, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b)
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
    if (this.#keys[slot] !== key) {
      this.#keys[slot] = key
      this.#means[slot] = precisionMean(words, counts, at)
    }
    return this.#means[slot]!
  }

  #penalty(candidateWords: number, referenceWords: number): number {
    if (candidateWords > referenceWords) return 1
    let row = this.#penalties.get(referenceWords)
    if (row === undefined) {
      row = new Float64Array(referenceWords + 1).fill(-1)
      this.#penalties.set(referenceWords, row)
    }
    if (row[candidateWords] === -1) row[candidateWords] = brevityPenalty(candidateWords, referenceWords)
    return row[candidateWords]!
  }
}

import { BleuMemo, ORDERS, precision } from './bleu.ts'
import { NgramIndex } from './ngram-index.ts'

const LONGEST = ORDERS - 1

/**
 * Texts that a new one is compared with: kept questions, an archive of earlier iterations. Only those that share
 * enough runs of four words are scored: the others cannot be near.
 */
export class NearDuplicates {
  readonly #threshold: number
  // BLEU is at most the fourth root of its precision of four-word runs. The slack is for rounding.
  readonly #leastPrecision: number
  readonly #index = new NgramIndex()
  readonly #memo = new BleuMemo()

  /** @param threshold texts at a BLEU distance below it are near; in (0, 1] */
  constructor(threshold: number) {
    this.#threshold = threshold
    this.#leastPrecision = (1 - threshold) ** ORDERS * (1 - 1e-9)
  }

  add(text: string): void {
    this.#index.add(this.#index.read(text))
  }

  /** The texts that this one nearly repeats, by their number (the first added is 0), in rising order. */
  of(text: string): number[] {
    const reference = this.#index.read(text)
    this.#index.count(reference, LONGEST)
    const { words, counts } = this.#index
    const possible: number[] = []
    for (let earlier = 0; earlier < this.#index.size; earlier++) {
      const highest = precision(words[earlier]!, LONGEST, counts[earlier * ORDERS + LONGEST]!)
      if (highest >= this.#leastPrecision) possible.push(earlier)
    }
    if (possible.length > 0) for (let order = 0; order < LONGEST; order++) this.#index.count(reference, order)
    const near = possible.filter(
      (earlier) => this.#memo.distance(words[earlier]!, reference.words, counts, earlier * ORDERS) < this.#threshold,
    )
    this.#index.clearCounts()
    return near
  }
}

/**
 * Parts of a batch between which no two texts are nearer than `threshold`: no cluster of average linkage reaches across,
 * because an average below it has a term below it. Needs no triangle of all pairs.
 * @returns the numbers of the texts of each part, rising; parts by their first text
 */
export function nearComponents(texts: readonly string[], threshold: number): number[][] {
  const near = new NearDuplicates(threshold)
  const parents = Int32Array.from(texts.keys())
  for (const [number, text] of texts.entries()) {
    for (const other of near.of(text)) {
      const [low, high] = ordered(rootOf(parents, other), rootOf(parents, number))
      parents[high] = low
    }
    near.add(text)
  }
  const parts = new Map<number, number[]>()
  for (const number of texts.keys()) {
    const root = rootOf(parents, number)
    const part = parts.get(root)
    if (part === undefined) parts.set(root, [number])
    else part.push(number)
  }
  return [...parts.values()]
}

function ordered(a: number, b: number): [low: number, high: number] {
  return a < b ? [a, b] : [b, a]
}

function rootOf(parents: Int32Array, item: number): number {
  let at = item
  while (parents[at] !== at) {
    parents[at] = parents[parents[at]!]! // halves the path for the next caller
    at = parents[at]!
  }
  return at
}

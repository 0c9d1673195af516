import { ORDERS } from './bleu.ts'
import { grown, NgramTrie, type Ngrams } from './ngram-trie.ts'

/**
 * Which of the texts so far hold an n-gram: only texts that share one are ever touched. Texts are numbered as they are
 * added. Lists of texts lie in one pool and move to a block of twice the size when theirs is full.
 */
export class NgramIndex {
  readonly #trie = new NgramTrie()
  #starts = new Int32Array(1024)
  #lengths = new Int32Array(1024)
  #pool = new Int32Array(1024)
  #poolUsed = 0
  #texts = 0
  #words = new Int32Array(64)
  #counts = new Int32Array(64 * ORDERS)

  /** How many texts the index holds. */
  get size(): number {
    return this.#texts
  }

  /** Words of each text. */
  get words(): Int32Array {
    return this.#words
  }

  /** Clipped matches that `count` has summed up: those of text t with runs of n words at 4t + n − 1. */
  get counts(): Int32Array {
    return this.#counts
  }

  read(text: string): Ngrams {
    return this.#trie.read(text)
  }

  /** Adds to `counts`, for every text of the index, how many n-grams of this order it has in common with these. */
  count(ngrams: Ngrams, order: number): void {
    const counts = this.#counts
    for (const id of ngrams.byOrder[order]!) {
      const start = this.#starts[id]!
      const end = start + this.#lengths[id]!
      for (let at = start; at < end; at++) counts[this.#pool[at]! * ORDERS + order]! += 1
    }
  }

  /** Sets all counts to zero. */
  clearCounts(): void {
    this.#counts.fill(0, 0, this.#texts * ORDERS)
  }

  add(ngrams: Ngrams): void {
    if (this.#texts === this.#words.length) {
      this.#words = grown(this.#words, this.#texts * 2)
      this.#counts = grown(this.#counts, this.#texts * 2 * ORDERS)
    }
    this.#words[this.#texts] = ngrams.words
    for (const ids of ngrams.byOrder) for (const id of ids) this.#append(id)
    this.#texts += 1
  }

  #append(id: number): void {
    if (id >= this.#starts.length) {
      const length = Math.max(id + 1, this.#starts.length * 2)
      this.#starts = grown(this.#starts, length)
      this.#lengths = grown(this.#lengths, length)
    }
    const length = this.#lengths[id]!
    // A block holds a power of two: it is full when the length is one.
    if ((length & (length - 1)) === 0) this.#move(id, length)
    this.#pool[this.#starts[id]! + length] = this.#texts
    this.#lengths[id] = length + 1
  }

  #move(id: number, length: number): void {
    const start = this.#poolUsed
    this.#poolUsed += Math.max(1, 2 * length)
    if (this.#poolUsed > this.#pool.length) this.#pool = grown(this.#pool, 2 * this.#poolUsed)
    this.#pool.copyWithin(start, this.#starts[id]!, this.#starts[id]! + length)
    this.#starts[id] = start
  }
}

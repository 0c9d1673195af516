import { ORDERS } from './bleu.ts'

const ROOT = 0
const REPEAT = 0

/**
 * A text as numbers. `byOrder[n]` has one id per run of n + 1 words; the second occurrence of a run in the same text
 * has another id than the first, so that clipped matches of two texts are the size of a set intersection.
 */
export interface Ngrams {
  words: number
  byOrder: Int32Array[]
}

/** Gives every n-gram that it meets a number: a trie whose edges lie in one open-addressed hash table. */
export class NgramTrie {
  readonly #words = new Map<string, number>()
  #slots = new Int32Array(1024)
  #parents = new Int32Array(512)
  #edges = new Int32Array(512)
  // Per n-gram: the text that held it last, and the id of its latest occurrence there.
  #lastText = new Int32Array(512)
  #lastId = new Int32Array(512)
  #nodes = 1
  #texts = 0

  read(text: string): Ngrams {
    this.#texts += 1
    const tokens = words(text).map((word) => this.#token(word))
    const byOrder = Array.from({ length: ORDERS }, (_, order) => new Int32Array(Math.max(0, tokens.length - order)))
    for (let start = 0; start < tokens.length; start++) {
      let node = ROOT
      for (let order = 0; order < ORDERS && start + order < tokens.length; order++) {
        node = this.#child(node, tokens[start + order]!)
        byOrder[order]![start] = this.#occurrence(node)
      }
    }
    return { words: tokens.length, byOrder }
  }

  #token(word: string): number {
    let token = this.#words.get(word)
    if (token === undefined) {
      token = this.#words.size + 1
      this.#words.set(word, token)
    }
    return token
  }

  #occurrence(node: number): number {
    const id = this.#lastText[node] === this.#texts ? this.#child(this.#lastId[node]!, REPEAT) : node
    this.#lastText[node] = this.#texts
    this.#lastId[node] = id
    return id
  }

  #child(parent: number, edge: number): number {
    const slot = this.#slotOf(parent, edge)
    const found = this.#slots[slot]!
    return found === 0 ? this.#insert(slot, parent, edge) : found
  }

  /** The slot that holds this edge, or the empty one where it belongs. */
  #slotOf(parent: number, edge: number): number {
    const hash = Math.imul(parent, 0x9e3779b1) ^ Math.imul(edge, 0x85ebca6b)
    const mask = this.#slots.length - 1
    let slot = (hash ^ (hash >>> 15)) & mask
    for (;;) {
      const node = this.#slots[slot]!
      if (node === 0 || (this.#parents[node] === parent && this.#edges[node] === edge)) return slot
      slot = (slot + 1) & mask
    }
  }

  #insert(slot: number, parent: number, edge: number): number {
    if (this.#nodes === this.#parents.length) {
      this.#grow()
      return this.#insert(this.#slotOf(parent, edge), parent, edge)
    }
    const node = this.#nodes++
    this.#parents[node] = parent
    this.#edges[node] = edge
    this.#slots[slot] = node
    return node
  }

  #grow(): void {
    const length = this.#parents.length * 2
    this.#parents = grown(this.#parents, length)
    this.#edges = grown(this.#edges, length)
    this.#lastText = grown(this.#lastText, length)
    this.#lastId = grown(this.#lastId, length)
    this.#slots = new Int32Array(length * 2)
    for (let node = 1; node < this.#nodes; node++) {
      this.#slots[this.#slotOf(this.#parents[node]!, this.#edges[node]!)] = node
    }
  }
}

/** A longer copy of an array of integers, zeros at its end. */
export function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(length)
  copy.set(array)
  return copy
}

// What Python's str.isspace holds for space: Unicode's White_Space and the four ASCII separators 0x1c to 0x1f, which
// JavaScript's \s lacks; \s would also split at U+FEFF, where Python does not.
const SPACES = new RegExp(`[\\p{White_Space}${String.fromCharCode(0x1c)}-${String.fromCharCode(0x1f)}]+`, 'u')

/** The words of a text, as Python's `str.split()` gives them: maximal runs without white space; none for a blank text. */
export function words(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== '')
}

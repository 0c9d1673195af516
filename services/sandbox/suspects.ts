/** Losses that lie further back than this were of different causes, milliseconds. */
const FORGIVEN_AFTER_MS = 10 * 60_000
const TEXTS_MAX = 10_000

interface Suspicion {
  losses: number
  /** Of the clock of `performance.now()`, milliseconds. */
  lastAt: number
  isConvicted: boolean
}

/**
 * Programs under which slots have ended, by the digest of their text: so that a text costs two slots at most, also where its
 * caller asks again after an outage. Whose slots are known to end is not run again. The least recently asked for is forgotten first.
 */
export class Suspects {
  readonly #known = new Map<string, Suspicion>()

  /** How many slots have ended under it lately. */
  losses(digest: string): number {
    return this.#find(digest)?.losses ?? 0
  }

  isConvicted(digest: string): boolean {
    return this.#find(digest)?.isConvicted === true
  }

  lost(digest: string): void {
    this.#keep(digest, { losses: this.losses(digest) + 1, lastAt: performance.now(), isConvicted: false })
  }

  convict(digest: string): void {
    this.#keep(digest, { losses: this.losses(digest), lastAt: performance.now(), isConvicted: true })
  }

  /** It has ended as programs do. */
  acquit(digest: string): void {
    this.#known.delete(digest)
  }

  get size(): number {
    return this.#known.size
  }

  #find(digest: string): Suspicion | undefined {
    const found = this.#known.get(digest)
    if (found === undefined || found.isConvicted || performance.now() - found.lastAt < FORGIVEN_AFTER_MS) return found
    this.#known.delete(digest)
    return undefined
  }

  #keep(digest: string, suspicion: Suspicion): void {
    this.#known.delete(digest)
    this.#known.set(digest, suspicion)
    const [oldest] = this.#known.keys()
    if (this.#known.size > TEXTS_MAX && oldest !== undefined) this.#known.delete(oldest)
  }
}

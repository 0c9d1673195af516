/** Remembers where the latest keys went; the oldest are forgotten. */
export class Homes<T> {
  readonly #places = new Map<string, T>()
  readonly #keysMax: number

  constructor(keysMax: number) {
    this.#keysMax = keysMax
  }

  get(key: string): T | undefined {
    return this.#places.get(key)
  }

  set(key: string, place: T): void {
    this.#places.delete(key)
    this.#places.set(key, place)
    if (this.#places.size > this.#keysMax) this.#places.delete(this.#places.keys().next().value!)
  }
}

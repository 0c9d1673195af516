/** Remembers where the latest keys went; the oldest are forgotten. */
export class TaskAffinity<T> {
  readonly #servers = new Map<string, T>()
  readonly #keysMax: number

  constructor(keysMax: number) {
    this.#keysMax = keysMax
  }

  get(key: string): T | undefined {
    return this.#servers.get(key)
  }

  set(key: string, server: T): void {
    this.#servers.delete(key)
    this.#servers.set(key, server)
    if (this.#servers.size > this.#keysMax) this.#servers.delete(this.#servers.keys().next().value!)
  }
}

/** Lets work in while its weights sum to at most `limit`; the rest waits in order. */
export class WeightedGate {
  #held = 0
  readonly #limit: number
  readonly #waiting: { weight: number; enter: () => void }[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Weight that is inside. */
  get held(): number {
    return this.#held
  }

  /** Runs `work` once it may enter. Something heavier than the limit enters alone. Rejects if the signal comes first. */
  async run<T>(weight: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const share = Math.min(weight, this.#limit)
    await this.#enter(share, signal)
    try {
      return await work()
    } finally {
      this.#held -= share
      this.#admit()
    }
  }

  async #enter(weight: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const entry = {
        weight,
        enter: () => {
          signal.removeEventListener('abort', leave)
          this.#held += weight
          resolve()
        },
      }
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1)
        reject(signal.reason as Error)
        this.#admit()
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting.push(entry)
      this.#admit()
    })
  }

  #admit(): void {
    let [next] = this.#waiting
    while (next !== undefined && this.#held + next.weight <= this.#limit) {
      this.#waiting.shift()
      next.enter()
      ;[next] = this.#waiting
    }
  }
}

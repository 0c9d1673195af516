import type { Quantiles } from '../../contracts/ports/index.ts'

const KEPT = 1_000

/** The last 1,000 values of something that is measured again and again. */
export class Recent {
  readonly #values: number[] = []
  #count = 0

  add(value: number): void {
    this.#values[this.#count++ % KEPT] = value
  }

  /** Zeros while there is no value. */
  quantiles(): Quantiles {
    const sorted = this.#values.toSorted((a, b) => a - b)
    const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0
    return { p50: at(0.5), p95: at(0.95) }
  }
}

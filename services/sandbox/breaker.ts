const FAILURES_MAX = 3
const PAUSE_FIRST_MS = 500
const PAUSE_MAX_MS = 30_000

/** Stops boots after a row of failures, and allows one again after a pause that doubles. */
export class Breaker {
  #failures = 0
  #closedUntil = 0
  /** What the last failure in the row said; undefined while boots succeed. */
  #reason: Error | undefined

  succeeded(): void {
    this.#failures = 0
    this.#reason = undefined
  }

  failed(reason: Error, now: number): void {
    this.#failures += 1
    this.#reason = reason
    const beyond = this.#failures - FAILURES_MAX
    if (beyond >= 0) this.#closedUntil = now + Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** beyond)
  }

  /** Whether a boot may be tried at `now` (milliseconds of any clock that does not jump). */
  allows(now: number): boolean {
    return this.#failures < FAILURES_MAX || now >= this.#closedUntil
  }

  /** Whether the last boot failed. */
  get failing(): boolean {
    return this.#failures > 0
  }

  /** Why nothing can be had; undefined while that is not so. */
  get open(): Error | undefined {
    return this.#failures >= FAILURES_MAX ? this.#reason : undefined
  }
}

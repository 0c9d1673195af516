import { isTimeout } from './to-failure.ts'
import { type Metrics, observe, type TokenProgress } from './token-progress.ts'

/** Late answers in a row that count as none. */
const MISSES_MAX = 3

export interface HealthCheckOptions {
  /** Work without a new token for this long makes the engine suspect. */
  stuckAfterMs: number
  /** Limit of the one token that a suspect engine must compute. */
  canaryDeadlineMs: number
}

/** What is asked of a server. Everything throws where it does not answer as it should. */
export interface CheckedServer {
  url: string
  checkHealth(): Promise<void>
  metrics(): Promise<Metrics>
  /** Has it compute one token. */
  oneToken(deadlineMs: number): Promise<unknown>
}

/**
 * Tells whether a server works. `/health` alone does not: an engine that hangs answers 200. So its counters must move
 * while it has work, or else one token must come.
 */
export class HealthCheck {
  readonly #client: CheckedServer
  readonly #options: HealthCheckOptions
  #progress: TokenProgress | undefined
  #misses = 0
  #isStuck = false

  constructor(client: CheckedServer, options: HealthCheckOptions) {
    this.#client = client
    this.#options = options
  }

  /** Resolves if the server works; throws the reason why it does not. */
  async check(): Promise<void> {
    try {
      await this.#client.checkHealth()
      await this.#checkProgress()
      this.#misses = 0
    } catch (error) {
      // A front under a thousand requests may be late without being dead.
      if (!isTimeout(error) || ++this.#misses >= MISSES_MAX) throw error
    }
  }

  async #checkProgress(): Promise<void> {
    const nowMs = performance.now()
    const before = this.#progress
    const seen = await this.#client.metrics()
    this.#progress = observe(before, seen, nowMs)
    // A queue before the canary may be long: tokens that others are given prove as much.
    if (seen.requests > 0 && seen.tokens !== before?.tokens) this.#isStuck = false
    if (!this.#isStuck && nowMs - this.#progress.sinceMs < this.#options.stuckAfterMs) return
    // Once it hung, only tokens prove that it works: with its work taken back it may look idle.
    this.#isStuck = true
    try {
      await this.#client.oneToken(this.#options.canaryDeadlineMs)
    } catch {
      throw new Error(`${this.#client.url} is stuck: requests are queued but no tokens are produced`)
    }
    this.#isStuck = false
    this.#progress = undefined
  }
}

import { failure } from '../services/failure.ts'
import { observe, type Progress } from './progress.ts'
import { isTimeout, type ServerClient } from './server-client.ts'

/** Late answers in a row that count as none. */
const MISSES_MAX = 3

export interface WatchOptions {
  /** Work without a new token for this long makes the engine suspect. */
  stuckAfterMs: number
  /** Limit of the one token that a suspect engine must compute. */
  canaryDeadlineMs: number
}

/**
 * Tells whether a server works. `/health` alone does not: an engine that hangs answers 200. So its counters must move
 * while it has work, or else one token must come.
 */
export class Watch {
  readonly #client: ServerClient
  readonly #options: WatchOptions
  #progress: Progress | undefined
  #misses = 0
  #isStuck = false

  constructor(client: ServerClient, options: WatchOptions) {
    this.#client = client
    this.#options = options
  }

  /** Resolves if the server works; throws `Llm.Unavailable` with the reason. */
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
    this.#progress = observe(this.#progress, await this.#client.metrics(), nowMs)
    if (!this.#isStuck && nowMs - this.#progress.sinceMs < this.#options.stuckAfterMs) return
    // Once it hung, only a token proves that it works: with its work taken back it may look idle.
    this.#isStuck = true
    try {
      await this.#oneToken()
    } catch {
      throw failure('Llm.Unavailable', `${this.#client.url} hangs: it had work and computes no token`)
    }
    this.#isStuck = false
    this.#progress = undefined
  }

  async #oneToken(): Promise<void> {
    const [base] = await this.#client.models()
    const { canaryDeadlineMs } = this.#options
    const body = { model: base?.id ?? 'base', prompt: [0], max_tokens: 1 }
    await this.#client.complete(body as never, canaryDeadlineMs, AbortSignal.timeout(canaryDeadlineMs))
  }
}

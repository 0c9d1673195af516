import { modelServerSays } from './observe.ts'
import type { OwnRun } from './own-run.ts'

const LOOK_MS = 250

/** Adds up what a model server has sampled over all its lives: its own counter dies with it, so the last moments of a life are missed. */
export class TokenMeter {
  readonly #run: OwnRun
  #before = 0
  #latest = 0
  #isOver = false
  readonly #looking: Promise<void>

  constructor(run: OwnRun) {
    this.#run = run
    this.#looking = this.#look()
  }

  async stop(): Promise<number> {
    this.#isOver = true
    await this.#looking
    return this.#before + this.#latest
  }

  async #look(): Promise<void> {
    for (;;) {
      const isLast = this.#isOver
      const now = await modelServerSays(this.#run, 'generation_tokens_total')
      if (now !== null) {
        if (now < this.#latest) this.#before += this.#latest
        this.#latest = now
      }
      if (isLast) return
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }
}

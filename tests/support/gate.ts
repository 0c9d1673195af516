/** Stands before the calls of some service and holds those that it is for, so that a test can act at that moment. */
export class Gate {
  /** The first call that it held. */
  readonly reached: Promise<string>
  readonly #isFor: (call: string) => boolean
  readonly #opened: Promise<void>
  #arrive!: (call: string) => void
  #open!: () => void

  constructor(isFor: (call: string) => boolean) {
    this.#isFor = isFor
    this.reached = new Promise((resolve) => (this.#arrive = resolve))
    this.#opened = new Promise((resolve) => (this.#open = resolve))
  }

  open(): void {
    this.#open()
  }

  /** Resolves for the calls of others at once, for its own once it is open; rejects with the reason of an aborted signal. */
  readonly pass = async (call: string, signal?: AbortSignal): Promise<void> => {
    if (!this.#isFor(call)) return
    this.#arrive(call)
    const aborted = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error))
    })
    signal?.throwIfAborted()
    await Promise.race([this.#opened, aborted])
  }
}

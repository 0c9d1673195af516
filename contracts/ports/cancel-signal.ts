declare global {
  /**
   * A cancellation, of which the ports need no more than this. Rooms with Node's types see Node's own, merged with it;
   * contracts/ and core/ have no types of an environment, on purpose.
   */
  interface AbortSignal {
    readonly aborted: boolean
    throwIfAborted(): void
  }
}

/** Ends what was asked for: a caller that gives it up aborts it, and the reason says why. */
export type CancelSignal = AbortSignal

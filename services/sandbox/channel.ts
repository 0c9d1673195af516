/** A running guest as its host sees it: bytes in, bytes out, and an end. */
export interface Channel {
  send(bytes: Buffer): void
  /** Called once, before anything can arrive. */
  listen(listener: { bytes: (chunk: Buffer) => void; end: () => void }): void
  /** Ends it with all that runs in it and removes what it leaves on this machine. Safe to call twice. */
  destroy(): Promise<void>
  /** After its end: whether the kernel ended it for memory. Throws an outage if that cannot be found out. */
  diedOfMemory(): Promise<boolean>
  /** The last of what the guest said about itself. */
  diagnostics(): string
}

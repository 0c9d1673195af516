import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import type { Channel } from './channel.ts'
import { TextRing } from './text-ring.ts'

/** A guest that is a child process, over its pipes. */
export class ProcessChannel implements Channel {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #errors = new TextRing()
  readonly #closed: Promise<unknown>

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child
    this.#closed = once(child, 'close').catch((error: unknown) => this.#errors.push(Buffer.from(String(error))))
    child.stdin.on('error', () => undefined) // its end is told by stdout
    child.stderr.on('data', (bytes: Buffer) => this.#errors.push(bytes))
  }

  send(bytes: Buffer): void {
    this.#child.stdin.write(bytes)
  }

  listen(listener: { bytes: (chunk: Buffer) => void; end: () => void }): void {
    this.#child.stdout.on('data', listener.bytes)
    void this.#closed.then(listener.end)
  }

  async diedOfMemory(): Promise<boolean> {
    return false
  }

  async destroy(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }

  diagnostics(): string {
    return this.#errors.text()
  }
}

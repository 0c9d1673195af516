const BYTES_MAX = 4_096

/** The last bytes of a stream, as text. */
export class TextRing {
  #held = Buffer.alloc(0)

  push(bytes: Buffer): void {
    this.#held = Buffer.concat([this.#held, bytes]).subarray(-BYTES_MAX)
  }

  text(): string {
    return this.#held.toString('utf8')
  }
}

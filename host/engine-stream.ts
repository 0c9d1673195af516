const HEADER_BYTES = 8

/**
 * Separates the two streams of an attached container: eight bytes of header (stream, three zeros, length), then bytes.
 * Why not `modem.demuxStream` of dockerode: it copies its whole buffer for every frame and forwards no end.
 */
export class EngineStream {
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #headerBytes = 0
  #left = 0
  readonly #listener: { stdout: (bytes: Buffer) => void; stderr: (bytes: Buffer) => void }

  constructor(listener: { stdout: (bytes: Buffer) => void; stderr: (bytes: Buffer) => void }) {
    this.#listener = listener
  }

  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#left === 0) {
        const taken = chunk.copy(this.#header, this.#headerBytes, at, at + HEADER_BYTES - this.#headerBytes)
        at += taken
        this.#headerBytes += taken
        if (this.#headerBytes < HEADER_BYTES) return
        this.#headerBytes = 0
        this.#left = this.#header.readUInt32BE(4)
      } else {
        const bytes = chunk.subarray(at, at + this.#left)
        at += bytes.length
        this.#left -= bytes.length
        this.#deliver(bytes)
      }
    }
  }

  #deliver(bytes: Buffer): void {
    const stream = this.#header.readUInt8(0)
    if (stream === 1) this.#listener.stdout(bytes)
    else this.#listener.stderr(bytes)
  }
}

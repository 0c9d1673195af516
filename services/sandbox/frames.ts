/** The frames between host and slot: a fixed header, then JSON, then two byte parts. The slot's side: slot_frames.py. */
export const frameKinds = { ready: 1, run: 2, result: 3, ping: 4, pong: 5, fatal: 6, end: 7 } as const

const HEADER_BYTES = 24
const MAGIC = 0x41305342
const PROTOCOL = 1
/** Of what a slot may send: JSON, and each of its two streams. */
const BOUNDS = [8 << 10, 66 << 10, 66 << 10] as const
/** Of what a slot takes. */
export const SOURCE_BYTES_MAX = 256 << 10
export const STDIN_BYTES_MAX = 1 << 20

export interface Frame {
  kind: number
  id: number
  content: unknown
  a: Buffer
  b: Buffer
}

const EMPTY: Buffer = Buffer.alloc(0)

export function encodeFrame(kind: number, id: number, content: object, a = EMPTY, b = EMPTY): Buffer {
  const json = Buffer.from(JSON.stringify(content))
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32BE(MAGIC, 0)
  header.writeUInt8(PROTOCOL, 4)
  header.writeUInt8(kind, 5)
  header.writeUInt32BE(id, 8)
  for (const [index, part] of [json, a, b].entries()) header.writeUInt32BE(part.length, 12 + 4 * index)
  return Buffer.concat([header, json, a, b])
}

function sizesOf(bytes: Buffer): [number, number, number] {
  if (bytes.readUInt32BE(0) !== MAGIC || bytes.readUInt8(4) !== PROTOCOL)
    throw new Error('not a frame of this protocol')
  const sizes: [number, number, number] = [bytes.readUInt32BE(12), bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  if (sizes.some((size, index) => size > BOUNDS[index]!)) throw new Error(`a frame of ${sizes.join(' + ')} bytes`)
  return sizes
}

/** Cuts a stream of bytes into frames, in chunks of any size. */
export class FrameReader {
  #held: Buffer = EMPTY

  /** The frames that are complete now. Throws on bytes that are no frame, before it keeps more of them. */
  push(chunk: Buffer): Frame[] {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const frames: Frame[] = []
    while (this.#held.length >= HEADER_BYTES) {
      const [json, a, b] = sizesOf(this.#held)
      const end = HEADER_BYTES + json + a + b
      if (this.#held.length < end) break
      const parts = this.#held.subarray(HEADER_BYTES, end)
      frames.push({
        kind: this.#held.readUInt8(5),
        id: this.#held.readUInt32BE(8),
        content: JSON.parse(parts.toString('utf8', 0, json)),
        a: parts.subarray(json, json + a),
        b: parts.subarray(json + a),
      })
      this.#held = this.#held.subarray(end)
    }
    return frames
  }
}

const C1 = 0x239b961b
const C2 = 0xab0e9789
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93

/** Four 32-bit words, each from 0 to 2^32 − 1. */
export type Words = readonly [number, number, number, number]

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

/** The word at `offset`, little-endian; bytes past the end count as 0. */
function wordAt(bytes: Uint8Array, offset: number): number {
  const byte = (index: number) => bytes[offset + index] ?? 0
  return byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)
}

function scramble(word: number, factor: number, bits: number, next: number): number {
  return Math.imul(rotateLeft(Math.imul(word, factor), bits), next)
}

function avalanche(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

/**
 * The 128-bit hash MurmurHash3_x86_128 (Austin Appleby, public domain) of `bytes`: 32-bit arithmetic only. Spreads
 * well, keeps no secret.
 *
 * @param seed from 0 to 2^32 − 1
 */
export function murmur3(bytes: Uint8Array, seed: number): Words {
  let [h1, h2, h3, h4] = [seed | 0, seed | 0, seed | 0, seed | 0]
  const tail = bytes.length - (bytes.length % 16)
  for (let at = 0; at < tail; at += 16) {
    h1 ^= scramble(wordAt(bytes, at), C1, 15, C2)
    h1 = (Math.imul(rotateLeft(h1, 19) + h2, 5) + 0x561ccd1b) | 0
    h2 ^= scramble(wordAt(bytes, at + 4), C2, 16, C3)
    h2 = (Math.imul(rotateLeft(h2, 17) + h3, 5) + 0x0bcaa747) | 0
    h3 ^= scramble(wordAt(bytes, at + 8), C3, 17, C4)
    h3 = (Math.imul(rotateLeft(h3, 15) + h4, 5) + 0x96cd1c35) | 0
    h4 ^= scramble(wordAt(bytes, at + 12), C4, 18, C1)
    h4 = (Math.imul(rotateLeft(h4, 13) + h1, 5) + 0x32ac3b17) | 0
  }
  // A word of zeros scrambles to zero, so the missing bytes of the tail change nothing.
  h1 ^= scramble(wordAt(bytes, tail), C1, 15, C2) ^ bytes.length
  h2 ^= scramble(wordAt(bytes, tail + 4), C2, 16, C3) ^ bytes.length
  h3 ^= scramble(wordAt(bytes, tail + 8), C3, 17, C4) ^ bytes.length
  h4 ^= scramble(wordAt(bytes, tail + 12), C4, 18, C1) ^ bytes.length
  h1 = (h1 + h2 + h3 + h4) | 0
  const mixed = [h1, h2 + h1, h3 + h1, h4 + h1].map(avalanche) as [number, number, number, number]
  const sum = mixed[0] + mixed[1] + mixed[2] + mixed[3]
  return [sum >>> 0, (mixed[1] + sum) >>> 0, (mixed[2] + sum) >>> 0, (mixed[3] + sum) >>> 0]
}

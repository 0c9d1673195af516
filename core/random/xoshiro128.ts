import type { Words } from './murmur3.ts'

/**
 * The generator xoshiro128** 1.1 (Blackman and Vigna, public domain): 32-bit arithmetic only, period 2^128 − 1.
 *
 * @param state any four words except four zeros, from which it would never leave
 * @returns a function that gives the next integer from 0 to 2^32 − 1 at each call
 */
export function xoshiro128(state: Words): () => number {
  let [s0, s1, s2, s3] = state
  if ((s0 | s1 | s2 | s3) === 0) s0 = 1
  return () => {
    const rotated = Math.imul(s1, 5)
    const result = Math.imul((rotated << 7) | (rotated >>> 25), 9)
    const shifted = s1 << 9
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = (s3 << 11) | (s3 >>> 21)
    return result >>> 0
  }
}

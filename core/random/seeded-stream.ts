import { murmur3 } from './murmur3.ts'
import { xoshiro128 } from './xoshiro128.ts'

/** A stream of random numbers that any process can make again from a run's seed and a key. */
export interface SeededStream {
  /** An integer from 0 to 2^32 − 1; also the seed to send to a model server. */
  uint32(): number
  /** An integer from 0 to `bound` − 1, every one equally likely. `bound` is an integer from 1 to 2^32. */
  below(bound: number): number
  /** A number from 0 to 1, 1 excluded, with 53 random bits. */
  unit(): number
}

const RANGE = 2 ** 32

/** UTF-16 code units, low byte first: defined for every string, also for one that UTF-8 cannot hold. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length)
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    bytes[2 * index] = unit & 0xff
    bytes[2 * index + 1] = unit >>> 8
  }
  return bytes
}

/**
 * The random stream of one choice. Same seed and key, same numbers, in whatever order the streams of a run are made;
 * that is what lets a disturbed run end as an undisturbed one.
 *
 * @param runSeed from 0 to 2^32 − 1 (`seed` of the config)
 * @param key what is chosen, as a path such as `run/iter-001/executor/step-004/draw`
 */
export function seededStream(runSeed: number, key: string): SeededStream {
  const uint32 = xoshiro128(murmur3(bytesOf(key), runSeed))
  return {
    uint32,
    below(bound) {
      if (!(Number.isInteger(bound) && bound >= 1 && bound <= RANGE))
        throw new Error(`${key}: no integer below ${bound}`)
      // Of the 2^32 numbers only a whole multiple of `bound` is used, so that no remainder is likelier than another.
      const usable = RANGE - (RANGE % bound)
      for (;;) {
        const drawn = uint32()
        if (drawn < usable) return drawn % bound
      }
    },
    unit: () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53,
  }
}

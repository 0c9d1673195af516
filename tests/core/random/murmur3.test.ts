import { murmur3 } from '../../../core/random/murmur3.ts'

test('SMHasher verifies it: the hash of the hashes of 256 keys is its published 0xB3ECE62A (MurmurHash3_x86_128)', () => {
  const key = Uint8Array.from({ length: 256 }, (_, index) => index)
  const digests = Array.from({ length: 256 }, (_, length) => murmur3(key.subarray(0, length), 256 - length))
  const whole = new Uint8Array(Uint32Array.from(digests.flat()).buffer)
  expect(murmur3(whole, 0)[0]).toBe(0xb3ece62a)
})

import { splitRange } from '../../../core/loop/ranges.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const random = seededRandom(3)
const many = Array.from({ length: 500 }, () => {
  const [align, from] = [1 + random.integer(60), random.integer(700)]
  return { from, to: from + random.integer(2_000), sizeMax: 1 + random.integer(300), align }
})

test('pieces cover the range in order, without gap or overlap, and none is empty', () => {
  for (const { from, to, sizeMax, align } of many) {
    const pieces = splitRange({ from, to }, sizeMax, align)
    expect([from, ...pieces.map((piece) => piece.to)]).toEqual([...pieces.map((piece) => piece.from), to])
    expect(pieces.every((piece) => piece.from < piece.to)).toBe(true)
  }
})

test('no piece is larger than asked, unless a single block is', () => {
  for (const { from, to, sizeMax, align } of many) {
    for (const piece of splitRange({ from, to }, sizeMax, align)) {
      expect(piece.to - piece.from).toBeLessThanOrEqual(Math.max(sizeMax, align))
    }
  }
})

test('a block is never halved: pieces meet at its borders', () => {
  for (const { from, to, sizeMax, align } of many) {
    const borders = splitRange({ from, to }, sizeMax, align).slice(1)
    expect(borders.every((piece) => piece.from % align === 0)).toBe(true)
  }
})

test('the pool of the default config is 32 shards of 250; a step of proposals is three of whole groups', () => {
  expect(splitRange({ from: 0, to: 8_000 }, 250, 50).map(({ from, to }) => to - from)).toEqual(Array(32).fill(250))
  expect(splitRange({ from: 0, to: 512 }, 250, 4)).toEqual([
    { from: 0, to: 248 },
    { from: 248, to: 496 },
    { from: 496, to: 512 },
  ])
})

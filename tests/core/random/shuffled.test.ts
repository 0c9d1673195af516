import { seededStream } from '../../../core/random/seeded-stream.ts'
import { shuffled } from '../../../core/random/shuffled.ts'

test('a shuffle keeps every item, leaves its input alone and is the same for the same key', () => {
  const items = Array.from({ length: 100 }, (_, index) => index)
  const once = shuffled(items, seededStream(1, 'draw'))
  expect(once).not.toEqual(items)
  expect(once.toSorted((left, right) => left - right)).toEqual(items)
  expect(items[0]).toBe(0)
  expect(shuffled(items, seededStream(1, 'draw'))).toEqual(once)
})

test('all six orders of three items come equally often', () => {
  const counts = new Map<string, number>()
  for (let draw = 0; draw < 6000; draw++) {
    const order = shuffled(['a', 'b', 'c'], seededStream(1, `draw-${draw}`)).join('')
    counts.set(order, (counts.get(order) ?? 0) + 1)
  }
  expect(counts.size).toBe(6)
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(110)
})

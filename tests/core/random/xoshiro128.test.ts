import { xoshiro128 } from '../../../core/random/xoshiro128.ts'

test('from the state 1, 2, 3, 4 come the numbers of the authors’ C program (version 1.1)', () => {
  const next = xoshiro128([1, 2, 3, 4])
  expect(Array.from({ length: 10 }, next)).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ])
})

test('four zeros, the one state without a successor, are replaced', () => {
  const next = xoshiro128([0, 0, 0, 0])
  expect(new Set(Array.from({ length: 100 }, next)).size).toBeGreaterThan(90)
})

import { wilsonInterval } from '../../../core/metrics/wilson.ts'

// Reference: scipy.stats.binomtest(count, of).proportion_ci(method='wilson'), scipy's 1.959964.
test.each([
  [9, 32, 0.1555, 0.4537],
  [0, 64, 0, 0.0566],
  [64, 64, 0.9434, 1],
  [29, 36, 0.6497, 0.9025],
])('%i of %i: the true share lies between %f and %f', (count, of, from, to) => {
  const interval = wilsonInterval(count, of)
  expect(interval.from).toBeCloseTo(from, 3)
  expect(interval.to).toBeCloseTo(to, 3)
})

test('nothing counted says nothing', () => {
  expect(wilsonInterval(0, 0)).toEqual({ from: 0, to: 1 })
})

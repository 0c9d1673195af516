import { drawTasks } from '../../../core/curriculum/draw-tasks.ts'

const STAGE = 'tiny/iter-001/executor'
const inOrder = (count: number) => Array.from({ length: count }, (_, index) => index)

test('every epoch is a permutation of the whole set, and epochs differ', () => {
  const drawn = drawTasks(5, STAGE, 50, 150)
  const epochs = [0, 50, 100].map((from) => drawn.slice(from, from + 50))
  for (const epoch of epochs) expect(epoch.toSorted((a, b) => a - b)).toEqual(inOrder(50))
  expect(new Set(epochs.map((epoch) => epoch.join())).size).toBe(3)
})

test.each([
  [10, 4],
  [10, 10],
  [10, 25],
  [1, 7],
])('of %i tasks, %i are drawn, and none twice before all have come once', (available, wanted) => {
  const drawn = drawTasks(5, STAGE, available, wanted)
  expect(drawn).toHaveLength(wanted)
  const first = drawn.slice(0, Math.min(available, wanted))
  expect(new Set(first).size).toBe(first.length)
})

test('drawing more begins with what drawing fewer gives; another seed or stage draws in another order', () => {
  const drawn = drawTasks(5, STAGE, 50, 120)
  expect(drawTasks(5, STAGE, 50, 70)).toEqual(drawn.slice(0, 70))
  expect(drawTasks(6, STAGE, 50, 120)).not.toEqual(drawn)
  expect(drawTasks(5, 'tiny/iter-002/executor', 50, 120)).not.toEqual(drawn)
})

test('without tasks there is nothing to draw', () => {
  expect(() => drawTasks(5, STAGE, 0, 1)).toThrow(`${STAGE}: there are no tasks to draw from`)
})

import { millisecondsLeft, nextPace, type Pace, tasksPerSecond } from '../../../cli/runs/pace.ts'
import type { RunView } from '../../../services/temporal/run-view.ts'
import { BEGAN, runStatus, runView, SECOND, stageStatus } from '../../support/run-views.ts'

const steps = (second: number, done: number): RunView =>
  runView({ at: BEGAN + second * SECOND, stage: stageStatus({ steps: { done, total: 10 } }), shards: [] })

const tasks = (second: number, done: number): RunView =>
  runView({ at: BEGAN + second * SECOND, shards: [{ done, total: 100 }] })

const paceOver = (views: readonly RunView[]): Pace =>
  views.reduce((pace: Pace | null, view) => nextPace(pace, view), null)!

test('at the first look nothing is known', () => {
  const pace = paceOver([steps(0, 3)])
  expect(tasksPerSecond(pace)).toBeNull()
  expect(millisecondsLeft(pace, BEGAN)).toBeNull()
})

test('what is left follows from two steps that were seen to end, and shrinks as time goes', () => {
  const pace = paceOver([steps(0, 3), steps(7, 4), steps(10, 4), steps(17, 5)])
  // A step takes 10 s, and 5 are left.
  expect(millisecondsLeft(pace, BEGAN + 17 * SECOND)).toBeCloseTo(50 * SECOND, -2)
  expect(millisecondsLeft(pace, BEGAN + 21 * SECOND)).toBeCloseTo(46 * SECOND, -2)
})

test('the time before the first step that was seen to end does not count: it began unseen', () => {
  const early = paceOver([steps(-1_000, 3), steps(7, 4), steps(17, 5)])
  const late = paceOver([steps(6, 3), steps(7, 4), steps(17, 5)])
  expect(millisecondsLeft(early, BEGAN)).toBe(millisecondsLeft(late, BEGAN))
})

test('a stage that was seen to begin counts from there', () => {
  const before = runView({ status: runStatus({ stage: null }), stage: null, shards: [] })
  const pace = paceOver([before, steps(0, 0), steps(20, 1)])
  expect(millisecondsLeft(pace, BEGAN + 20 * SECOND)).toBeCloseTo(180 * SECOND, -2)
})

test('another stage forgets the pace of the one before', () => {
  const other = runView({ stage: stageStatus({ stage: 'curriculum', steps: { done: 1, total: 12 } }) })
  expect(millisecondsLeft(paceOver([steps(0, 3), steps(7, 4), steps(17, 5), other]), BEGAN)).toBeNull()
})

test('without steps the shards are the measure, those under way by their tasks', () => {
  const at = (second: number, over: number, done: number): RunView => ({
    ...tasks(second, done),
    stage: stageStatus({ steps: null, shardsOver: { done: over, total: 4 } }),
  })
  const pace = paceOver([at(0, 1, 0), at(10, 1, 50), at(20, 2, 0)])
  // A quarter in 20 s; seen from 0.375 to 0.5 in 10 s, so half is left for 40 s.
  expect(millisecondsLeft(pace, BEGAN + 20 * SECOND)).toBeCloseTo(40 * SECOND, -2)
})

test('tasks per second are those of the last minute, and a shard that ends takes none away', () => {
  expect(tasksPerSecond(paceOver([tasks(0, 90), tasks(5, 95), tasks(10, 100), tasks(15, 0), tasks(20, 10)]))).toBe(1)
  const slow = paceOver([tasks(0, 0), tasks(10, 50), tasks(65, 51), tasks(100, 52)])
  expect(tasksPerSecond(slow)).toBeCloseTo(1 / 35)
})

test('at a stall there is no rate', () => {
  expect(tasksPerSecond(paceOver([tasks(0, 5), tasks(70, 5)]))).toBeNull()
})

import type { PastActivity, PastWorkflow } from '../../../contracts/past-workflow.ts'
import { mostAtOnce, overhead, stageWork } from '../../../core/metrics/stage-work.ts'

const activity = (type: string, scheduled: number, started: number, ended: number): PastActivity => ({
  type,
  scheduled,
  started,
  ended,
  attempts: 1,
  lastFailure: null,
})

const workflow = (began: number, ended: number, parts: Partial<PastWorkflow> = {}): PastWorkflow => ({
  began,
  ended,
  events: 0,
  activities: [],
  lostDecisions: 0,
  children: [],
  ...parts,
})

const shareOf = (stage: PastWorkflow) => {
  const { usefulSeconds, slotSeconds } = stageWork(stage)
  return overhead(usefulSeconds, slotSeconds)
}

/** Two slots, each filled again at once, from 1,000 to 3,000; a vote behind them. */
const fullShard = workflow(1_000, 4_000, {
  activities: [
    activity('rolloutTask', 1_000, 1_000, 2_000),
    activity('rolloutTask', 1_000, 1_000, 2_000),
    activity('rolloutTask', 2_000, 2_000, 3_000),
    activity('rolloutTask', 2_000, 2_000, 3_000),
    activity('voteOnTasks', 3_000, 3_000, 4_000),
  ],
})

test('a stage whose slots were never idle has no overhead', () => {
  const stage = workflow(0, 6_000, {
    activities: [activity('drawStepTasks', 0, 0, 1_000), activity('trainStep', 4_000, 4_000, 6_000)],
    children: [fullShard],
  })
  expect(stageWork(stage)).toEqual({ usefulSeconds: 8, slotSeconds: 8, retries: {} })
})

test('a task that waits for a worker, and the slot beside a last task, are overhead of the fan-out', () => {
  const shard = workflow(0, 2_000, {
    activities: [activity('rolloutTask', 0, 500, 1_000), activity('rolloutTask', 0, 0, 2_000)],
  })
  // Two slots for 2 s, of which the second one is at work for half a second.
  expect(stageWork(workflow(0, 2_000, { children: [shard] }))).toMatchObject({ usefulSeconds: 2.5, slotSeconds: 4 })
})

test('time between two steps of a stage is overhead of one slot', () => {
  const stage = workflow(0, 4_000, { activities: [activity('scoreStep', 1_000, 1_500, 2_500)] })
  expect(shareOf(stage)).toBe(0.75)
})

test('a task turn by turn is one task, however many of its samples are at work', () => {
  const glassBox = workflow(0, 1_000, {
    activities: [activity('generateTurn', 0, 0, 800), activity('generateTurn', 0, 0, 800)],
  })
  const shard = workflow(0, 1_000, { children: [glassBox] })
  expect(shareOf(workflow(0, 1_000, { children: [shard] }))).toBeCloseTo(0.2, 10)
})

test('a fan-out that nothing holds up has the overhead of the bench: its last wave', () => {
  const tasks = Array.from({ length: 250 }, (_, index) => {
    const from = 10_000 * Math.floor(index / 64)
    return activity('rolloutTask', from, from, from + 10_000)
  })
  const shard = workflow(0, 40_000, { activities: tasks })
  expect(shareOf(workflow(0, 40_000, { children: [shard] }))).toBeCloseTo(1 - 250 / 256, 10)
})

test('a stage that did nothing is not divided by nothing', () => {
  expect(stageWork(workflow(5, 5))).toEqual({ usefulSeconds: 0, slotSeconds: 0, retries: {} })
})

test('where one ends as the next begins, they do not overlap', () => {
  expect(mostAtOnce([])).toBe(0)
  expect(
    mostAtOnce([
      [0, 1],
      [1, 2],
    ]),
  ).toBe(1)
  expect(
    mostAtOnce([
      [0, 2],
      [1, 3],
      [2, 4],
    ]),
  ).toBe(2)
})

test('attempts beyond the first are counted by activity and reason, over all workflows of the stage', () => {
  const again = (type: string, attempts: number, lastFailure: string | null) => ({
    ...activity(type, 0, 0, 1),
    attempts,
    lastFailure,
  })
  const shard = workflow(0, 1, {
    lostDecisions: 2,
    activities: [
      again('rolloutTask', 3, 'Llm.Unavailable'),
      again('rolloutTask', 2, 'Llm.Unavailable'),
      again('rolloutTask', 2, 'no heartbeat'),
      again('voteOnTasks', 1, null),
    ],
  })
  const stage = workflow(0, 1, {
    lostDecisions: 1,
    activities: [again('trainStep', 2, 'Trainer.Crashed')],
    children: [shard],
  })
  expect(stageWork(stage).retries).toEqual({
    decision: { 'no answer': 3 },
    rolloutTask: { 'Llm.Unavailable': 3, 'no heartbeat': 1 },
    trainStep: { 'Trainer.Crashed': 1 },
  })
})

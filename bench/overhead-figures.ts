import { overhead } from '../core/metrics/stage-work.ts'
import type { Figure } from './figures.ts'

// The shard that is measured: its tasks are whole waves of its slots, so that all slots could be at work all the time.
export const SLOTS = 64
export const TASKS = 4 * SLOTS
export const SAMPLES = 10
export const TURNS = 2
/** What the loop costs per task does not grow with the task: both are measured. */
export const TURN_MS = [5_000, 10_000]

/** Milliseconds of a shard: a turn, until its last rollout is over, and in all rollouts together. */
export interface ShardTimes {
  turnMs: number
  samplingMs: number
  activityMs: number
}

/** What a shard took, against the time that its model slept, and that its activities were at work. */
export function overheadFigures({ turnMs, samplingMs, activityMs }: ShardTimes): Figure[] {
  const name = `shard of ${TASKS} tasks × ${SAMPLES} samples × ${TURNS} turns of ${turnMs / 1_000} s, ${SLOTS} slots`
  const share = (usefulMs: number) => 100 * overhead(usefulMs, SLOTS * samplingMs)
  return [
    { name: `${name}: until the last rollout`, value: samplingMs / 1_000, unit: 's' },
    { name: 'overhead: 1 − sleep / (slots × wall)', value: share(TASKS * TURNS * turnMs), unit: '%' },
    { name: 'overhead: 1 − activity seconds / (slots × wall)', value: share(activityMs), unit: '%' },
  ]
}

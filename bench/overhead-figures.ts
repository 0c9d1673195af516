import { overhead } from '../core/metrics/stage-work.ts'
import type { Figure } from './figures.ts'

// The shard that is measured.
export const TASKS = 250
export const SLOTS = 64
export const SAMPLES = 10
export const TURNS = 2
export const TURN_MS = 5_000
const TASK_MS = TURNS * TURN_MS

/** What a shard took, against the time that its model slept, and that its activities were at work. */
export function overheadFigures({ samplingMs, activityMs }: { samplingMs: number; activityMs: number }): Figure[] {
  const name = `shard of ${TASKS} tasks × ${SAMPLES} samples × ${TURNS} turns of ${TURN_MS / 1_000} s, ${SLOTS} slots`
  const waves = Math.ceil(TASKS / SLOTS)
  const ofSlots = (wallMs: number, usefulMs = TASKS * TASK_MS) => 100 * overhead(usefulMs, SLOTS * wallMs)
  return [
    { name: `${name}: until the last rollout`, value: samplingMs / 1_000, unit: 's' },
    { name: 'overhead: 1 − sleep / (slots × wall)', value: ofSlots(samplingMs), unit: '%' },
    { name: 'overhead: 1 − activity seconds / (slots × wall)', value: ofSlots(samplingMs, activityMs), unit: '%' },
    {
      name: `of either because ${TASKS} tasks are no whole waves of ${SLOTS}`,
      value: ofSlots(waves * TASK_MS),
      unit: '%',
    },
    {
      name: 'the rest of the first: 1 − whole waves / wall',
      value: 100 * (1 - (waves * TASK_MS) / samplingMs),
      unit: '%',
    },
  ]
}

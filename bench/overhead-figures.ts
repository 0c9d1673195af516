import { overhead } from '../core/metrics/stage-work.ts'
import type { Figure } from './figures.ts'

// The shard that is measured: its tasks are whole waves of its slots, so that all slots could be at work all the time.
export const SLOTS = 64
export const TASKS = 4 * SLOTS
export const SAMPLES = 10
export const TURNS = 2

/** Milliseconds of a turn, and by what share of it tasks are faster and slower. */
export interface Latency {
  turnMs: number
  spread: number
}

/** What the loop costs per task does not grow with the task; what it costs at a moment depends on how many end at it. */
export const LATENCIES: readonly Latency[] = [
  { turnMs: 5_000, spread: 0 },
  { turnMs: 10_000, spread: 0 },
  { turnMs: 5_000, spread: 0.5 },
]

/** Of a shard, milliseconds. */
export interface ShardTimes {
  /** From its beginning until its last rollout is over, and what activities worked in it, together. */
  samplingMs: number
  activityMs: number
  /** The same until its last rollout begins: so long no slot lacks a task. */
  fullMs: number
  activityFullMs: number
}

const share = (usefulMs: number, wallMs: number) => 100 * overhead(usefulMs, SLOTS * wallMs)
const seconds = (ms: number) => ms / 1_000

/**
 * What a shard took, against the time that its model slept, and that its activities were at work. Where tasks differ, slots
 * that are idle because no task is left say nothing about the loop: it is measured until the last task begins.
 */
export function overheadFigures({ turnMs, spread }: Latency, times: ShardTimes): Figure[] {
  const ofTurns = [...new Set([1 - spread, 1 + spread])].map((factor) => seconds(turnMs * factor)).join(' to ')
  const name = `shard of ${TASKS} tasks × ${SAMPLES} samples × ${TURNS} turns of ${ofTurns} s, ${SLOTS} slots`
  const ofActivities = 'overhead: 1 − activity seconds / (slots × wall)'
  if (spread > 0)
    return [
      { name: `${name}: until the last rollout begins`, value: seconds(times.fullMs), unit: 's' },
      { name: ofActivities, value: share(times.activityFullMs, times.fullMs), unit: '%' },
    ]
  return [
    { name: `${name}: until the last rollout`, value: seconds(times.samplingMs), unit: 's' },
    {
      name: 'overhead: 1 − sleep / (slots × wall)',
      value: share(TASKS * TURNS * turnMs, times.samplingMs),
      unit: '%',
    },
    { name: ofActivities, value: share(times.activityMs, times.samplingMs), unit: '%' },
  ]
}

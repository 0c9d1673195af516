import { z } from 'zod'

/** What is wrong with a run, where, and what a person can do. */
const Cause = z.strictObject({
  kind: z.enum(['no-progress', 'queue', 'kl', 'label-accuracy', 'disk']),
  /** Which of its kind: a task queue, a stage, a folder; empty where there is one. Of each a run has one alert at a time. */
  subject: z.string(),
  /** An id: of the run, an iteration, a stage or a step. */
  where: z.string().min(1),
  /** What is wrong, a sentence without its full stop. */
  wrong: z.string().min(1),
  /** What to do, another. */
  advice: z.string().min(1),
})

/** An entry of a run's list of alerts in the store. Entries are numbered and written once: who wrote one tells of it. */
export const AlertEntry = z.strictObject({
  change: z.enum(['raised', 'cleared']),
  cause: Cause,
  /** When, as people read it: `2026-11-26T12:34:56.789Z`. */
  at: z.iso.datetime(),
  /** Who wrote it: a name that no two writers share. */
  by: z.string().min(1),
})

export type Cause = z.output<typeof Cause>
export type AlertEntry = z.output<typeof AlertEntry>

/** An alert of a run. Times are those of its entries. */
export interface Alert extends Cause {
  raisedAt: string
  /** Null while it stands. */
  clearedAt: string | null
}

/** What waits in a task queue. */
export interface QueueBacklog {
  queue: string
  waiting: number
  /** How long the one has waited that waits longest, ms; 0 where none waits. */
  oldestMs: number
  /** Whether a worker has asked for tasks of the queue in the last minutes. */
  isPolled: boolean
}

/** Room on a disk, bytes. */
export interface DiskSpace {
  folder: string
  free: number
  total: number
}

/** What a watcher knows of a run at a moment. Null is what it does not know. Times in ms since 1970. */
export interface Observation {
  at: number
  /** Since when it has looked without a gap: what stood still before, while nobody could look, is no news. */
  watchedSince: number
  /** Id of the stage under way, or of the run. */
  where: string
  /** When something last moved in the run. */
  movedAt: number | null
  /** Why it does not move, as far as that is known, and what to do. */
  stall: { reason: string; advice: string }
  /** Whether a person has paused it. */
  isPaused: boolean
  queues: readonly QueueBacklog[]
  /** Of the latest training step of the stage under way. */
  kl: { stage: string; step: string; nats: number } | null
  /** Of the latest iteration that has one. */
  labels: { iteration: string; accuracy: number } | null
  disk: DiskSpace | null
}

import { z } from 'zod'
import type { OnlineTrainingTally } from './stage-tallies.ts'

/** What is wrong with a run, where, and what a person can do. */
const Cause = z.strictObject({
  kind: z.enum([
    'no-progress',
    'queue',
    'kl',
    'skipped-updates',
    'abstentions',
    'misread-calls',
    'label-accuracy',
    'disk',
  ]),
  /** What the alert is about: a task queue, a stage, a folder; empty for kinds with one subject. A run has one open alert for each. */
  subject: z.string(),
  /** An id: of the run, an iteration, a stage or a step. */
  where: z.string().min(1),
  /** What is wrong, a sentence without its full stop. */
  wrong: z.string().min(1),
  /** What to do, a sentence without its full stop. */
  advice: z.string().min(1),
})

/** An entry of a run's list of alerts in the store. Entries are numbered and written once; the watcher that wrote one reports it. */
export const AlertEntry = z.strictObject({
  change: z.enum(['raised', 'cleared']),
  cause: Cause,
  /** When, as people read it: `2026-11-26T12:34:56.789Z`. */
  at: z.iso.datetime(),
  /** The watcher that wrote it: a unique name. */
  by: z.string().min(1),
})

export type Cause = z.output<typeof Cause>
export type AlertEntry = z.output<typeof AlertEntry>

/** An alert of a run. Times are those of its entries. */
export interface Alert extends Cause {
  raisedAt: string
  /** Null while the alert is open. */
  clearedAt: string | null
}

/** The backlog of a task queue. */
export interface QueueBacklog {
  queue: string
  waiting: number
  /** Age of the oldest waiting task, ms; 0 if none waits. */
  oldestMs: number
  /** Whether a worker has polled the queue in the last minutes. */
  isPolled: boolean
}

/** Space on a disk, bytes. */
export interface DiskSpace {
  folder: string
  free: number
  total: number
}

/** What a watcher knows about a run at one moment; null for what it does not know. Times in ms since 1970. */
export interface Observation {
  at: number
  /** Since when it has watched without a gap: a stall before that is not counted. */
  watchedSince: number
  /** Id of the running stage, or of the run. */
  where: string
  /** When the run last made progress. */
  movedAt: number | null
  /** Why it makes no progress, as far as it is known, and what to do. */
  stall: { reason: string; advice: string }
  /** Whether a person has paused it. */
  isPaused: boolean
  queues: readonly QueueBacklog[]
  /** Of the latest training step of the running stage. */
  kl: { stage: string; step: string; nats: number } | null
  /** The same step's updates without a finite gradient. */
  skipped: { stage: string; step: string; updates: number } | null
  /** What the same step counted of its rollouts. */
  rollouts: ({ stage: string; step: string } & OnlineTrainingTally['rollouts']) | null
  /** Of the latest iteration that has one. */
  labels: { iteration: string; accuracy: number } | null
  disk: DiskSpace | null
}

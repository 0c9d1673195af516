import type { Cause, Observation } from '../../contracts/alert.ts'
import type { AlertsConfig } from '../../contracts/config/alerts.ts'
import { timeSpan } from '../metrics/time-span.ts'

/** What was found about something that an alert can be about. What lies between bad and good is not found at all. */
export interface Finding {
  isBad: boolean
  cause: Cause
}

const MINUTE_MS = 60_000
/** An alert about a number that floats is cleared once the number is so much better than its limit, so that it does not flicker. */
const MARGIN = 0.2

const percent = (share: number) => `${(100 * share).toFixed(1)} %`

/** Whether a number is over its bound; null where it is hardly below it. */
function isOver(value: number, bound: number): boolean | null {
  if (value > bound) return true
  return value <= bound * (1 - MARGIN) ? false : null
}

/** Whether a number is under its bound; null where it is hardly above it. */
function isUnder(value: number, bound: number): boolean | null {
  if (value < bound) return true
  return value >= bound * (1 + MARGIN) ? false : null
}

/** A finding, unless nothing can be said. */
function found(isBad: boolean | null, cause: Cause): Finding[] {
  return isBad === null ? [] : [{ isBad, cause }]
}

type Rule = (limits: AlertsConfig, seen: Observation) => Finding[]

const noProgress: Rule = ({ noProgressMinutes: limit }, seen) => {
  const { at, movedAt, watchedSince, isPaused, where, stall } = seen
  if (limit === 'none' || movedAt === null) return []
  const limitMs = limit * MINUTE_MS
  const isBad = at - movedAt < limitMs ? false : at - Math.max(movedAt, watchedSince) >= limitMs ? true : null
  // Who pauses a run knows that it stands still; an alert that was there before stays.
  return found(isPaused && isBad === true ? null : isBad, {
    kind: 'no-progress',
    subject: '',
    where,
    wrong: `nothing has moved for ${timeSpan(at - movedAt)}: ${stall.reason}`,
    advice: stall.advice,
  })
}

const growingQueue: Rule = ({ queueMinutes: limit }, { queues, where }) =>
  limit === 'none'
    ? []
    : queues.flatMap(({ queue, waiting, oldestMs, isPolled }) => {
        const tasks = waiting === 1 ? 'a task waits' : `${waiting} tasks wait`
        const wrong = `${tasks} in the queue ${queue}, the oldest for ${timeSpan(oldestMs)}`
        const [why, advice] = isPolled
          ? ['its workers are full', 'start more of them or give them more slots: docs/operations/workers.md']
          : ['no worker asks for them', 'start one: "agent0 up", and "agent0 ps" shows what is down']
        const cause = { kind: 'queue', subject: queue, where, wrong: `${wrong}: ${why}`, advice } as const
        return found(isOver(oldestMs, limit * MINUTE_MS), cause)
      })

const klOverLimit: Rule = ({ klTrainServerMax: limit }, { kl }) =>
  limit === 'none' || kl === null
    ? []
    : found(isOver(kl.nats, limit), {
        kind: 'kl',
        subject: kl.stage,
        where: kl.step,
        wrong: `KL from sampler to trainer is ${Number(kl.nats.toPrecision(3))} nats per token, over ${limit}: they do not compute the same policy`,
        advice: `compare the model server's precision, sampling and version with the trainer's; "agent0 report --html" shows KL by step`,
      })

const wrongLabels: Rule = ({ labelAccuracyMin: limit }, { labels }) =>
  limit === 'none' || labels === null
    ? []
    : found(labels.accuracy < limit, {
        kind: 'label-accuracy',
        subject: '',
        where: labels.iteration,
        wrong: `${percent(labels.accuracy)} of the pseudo-labels with a known truth are right, under ${percent(limit)}: the executor learns from wrong votes`,
        advice:
          'end the run with "agent0 stop --after-iteration" and start it again with a narrower curation.band or more samples per task',
      })

const fullDisk: Rule = ({ diskFreeMin: limit }, { disk, where }) =>
  limit === 'none' || disk === null || disk.total === 0
    ? []
    : found(isUnder(disk.free / disk.total, limit), {
        kind: 'disk',
        subject: disk.folder,
        where,
        wrong: `${percent(disk.free / disk.total)} of the disk of ${disk.folder} is free, under ${percent(limit)}`,
        advice: 'make room: "agent0 gc" shows what may go. A run on a full disk waits, and goes on once there is room',
      })

const rules: readonly Rule[] = [noProgress, growingQueue, klOverLimit, wrongLabels, fullDisk]

/** What an observation says, bad or good, about everything that the config sets a limit to. */
export function findingsOf(limits: AlertsConfig, seen: Observation): Finding[] {
  return rules.flatMap((rule) => rule(limits, seen))
}

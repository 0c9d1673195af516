import { adviceFor } from '../../contracts/errors.ts'
import type { Cause, Observation } from '../../contracts/alert.ts'
import type { AlertsConfig } from '../../contracts/config/alerts.ts'
import { abstainedShare, misreadCallShare } from '../metrics/rollout-shares.ts'
import { timeSpan } from '../metrics/time-span.ts'

/** A value that an alert can be about, found bad or good. Between bad and good there is no finding. */
export interface Finding {
  isBad: boolean
  cause: Cause
}

const MINUTE_MS = 60_000
/** An alert about a fluctuating number is cleared only when the number is this share better than its limit. */
const MARGIN = 0.2

const percent = (share: number) => `${(100 * share).toFixed(1)} %`

/** Whether a number is over its bound; null if it is just below it. */
function isOver(value: number, bound: number): boolean | null {
  if (value > bound) return true
  return value <= bound * (1 - MARGIN) ? false : null
}

/** Whether a number is under its bound; null if it is just above it. */
function isUnder(value: number, bound: number): boolean | null {
  if (value < bound) return true
  return value >= bound * (1 + MARGIN) ? false : null
}

/** A finding, unless the value is between bad and good. */
function found(isBad: boolean | null, cause: Cause): Finding[] {
  return isBad === null ? [] : [{ isBad, cause }]
}

type Rule = (limits: AlertsConfig, seen: Observation) => Finding[]

const noProgress: Rule = ({ noProgressMinutes: limit }, seen) => {
  const { at, movedAt, watchedSince, isPaused, where, stall } = seen
  if (limit === 'none' || movedAt === null) return []
  const limitMs = limit * MINUTE_MS
  const isBad = at - movedAt < limitMs ? false : at - Math.max(movedAt, watchedSince) >= limitMs ? true : null
  // A paused run raises no alert; one that was open before stays.
  return found(isPaused && isBad === true ? null : isBad, {
    kind: 'no-progress',
    subject: '',
    where,
    wrong: `no progress for ${timeSpan(at - movedAt)}: ${stall.reason}`,
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
          ? ['its workers are busy', 'start more workers or give them more slots: docs/operations/workers.md']
          : ['no worker polls it', 'start one with "agent0 up"; "agent0 ps" shows what is down']
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
        wrong: `KL from sampler to trainer is ${Number(kl.nats.toPrecision(3))} nats per token, over ${limit}: they compute different policies`,
        advice: `compare the model server's precision, sampling and version with the trainer's; "agent0 report --html" shows KL by step`,
      })

const skippedUpdates: Rule = ({ skippedUpdatesMax: limit }, { skipped }) =>
  limit === 'none' || skipped === null
    ? []
    : found(skipped.updates > limit, {
        kind: 'skipped-updates',
        subject: skipped.stage,
        where: skipped.step,
        wrong: `${skipped.updates === 1 ? 'an update was' : `${skipped.updates} updates were`} skipped: no finite gradient`,
        advice: `lineages/…/steps/….metrics.jsonl in the store names the row; if it goes on, "agent0 retry --config" with a lower learning rate once the run halts`,
      })

const missingAnswers: Rule = ({ abstainedMax: limit }, { rollouts }) => {
  const share = rollouts == null ? null : abstainedShare(rollouts)
  if (limit === 'none' || rollouts == null || share === null) return []
  return found(isOver(share, limit), {
    kind: 'abstentions',
    subject: rollouts.stage,
    where: rollouts.step,
    wrong: `${percent(share)} of the rollouts gave no answer, over ${percent(limit)}: labels are votes of the rest`,
    advice:
      'read some with "agent0 report --html": raise rollout.responseTokensMax if they are cut off, see rollout.stopTokens if they write on behind their end, else change prompts.executor',
  })
}

const misreadCalls: Rule = ({ misreadCallsMax: limit }, { rollouts }) => {
  const share = rollouts == null ? null : misreadCallShare(rollouts)
  if (limit === 'none' || rollouts == null || share === null) return []
  return found(isOver(share, limit), {
    kind: 'misread-calls',
    subject: rollouts.stage,
    where: rollouts.step,
    wrong: `${percent(share)} of the tool calls were written in a form that is not run, over ${percent(limit)}`,
    advice:
      'read some with "agent0 report --html"; let prompts.executor show that a call begins with ```python and ends with ```',
  })
}

const wrongLabels: Rule = ({ labelAccuracyMin: limit }, { labels }) =>
  limit === 'none' || labels === null
    ? []
    : found(labels.accuracy < limit, {
        kind: 'label-accuracy',
        subject: '',
        where: labels.iteration,
        wrong: `${percent(labels.accuracy)} of the pseudo-labels with a known answer are correct, under ${percent(limit)}: the executor learns from wrong labels`,
        advice:
          'stop the run with "agent0 stop --after-iteration" and start it again with a narrower curation.band or more samples per task',
      })

const fullDisk: Rule = ({ diskFreeMin: limit }, { disk, where }) =>
  limit === 'none' || disk === null || disk.total === 0
    ? []
    : found(isUnder(disk.free / disk.total, limit), {
        kind: 'disk',
        subject: disk.folder,
        where,
        wrong: `${percent(disk.free / disk.total)} of the disk of ${disk.folder} is free, under ${percent(limit)}`,
        advice: `${adviceFor('Infra.DiskFull')!}; a run waits while the disk is full, and continues by itself`,
      })

const rules: readonly Rule[] = [
  noProgress,
  growingQueue,
  klOverLimit,
  skippedUpdates,
  missingAnswers,
  misreadCalls,
  wrongLabels,
  fullDisk,
]

/** The findings of an observation, for every limit of the config. */
export function findingsOf(limits: AlertsConfig, seen: Observation): Finding[] {
  return rules.flatMap((rule) => rule(limits, seen))
}

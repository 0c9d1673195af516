import type { Observation } from '../../../contracts/alert.ts'
import { AlertsConfig } from '../../../contracts/config/alerts.ts'
import { findingsOf } from '../../../core/alerts/find-causes.ts'

const MINUTE = 60_000
const NOW = 1_000 * MINUTE
const limits = AlertsConfig.parse({})
const off = AlertsConfig.parse({
  noProgressMinutes: 'none',
  queueMinutes: 'none',
  klTrainServerMax: 'none',
  skippedUpdatesMax: 'none',
  labelAccuracyMin: 'none',
  diskFreeMin: 'none',
})

/** A run of which nothing is known. */
function seen(changes: Partial<Observation> = {}): Observation {
  return {
    at: NOW,
    watchedSince: 0,
    where: 'tiny/iter-001/executor',
    movedAt: null,
    stall: { reason: 'the reason', advice: 'the advice' },
    isPaused: false,
    queues: [],
    kl: null,
    skipped: null,
    labels: null,
    disk: null,
    ...changes,
  }
}

const moved = (minutesAgo: number) => ({ movedAt: NOW - minutesAgo * MINUTE })
const queue = (minutes: number, isPolled = true) => ({
  queues: [{ queue: 'agent0-rollout', waiting: 12, oldestMs: minutes * MINUTE, isPolled }],
})
const kl = (nats: number) => ({ kl: { stage: 'executor', step: 'tiny/iter-001/executor/step-0007', nats } })
const skipped = (updates: number) => ({
  skipped: { stage: 'executor', step: 'tiny/iter-001/executor/step-0007', updates },
})
const labels = (accuracy: number) => ({ labels: { iteration: 'tiny/iter-001', accuracy } })
const disk = (free: number) => ({ disk: { folder: '/store', free, total: 1_000 } })

test.each<[string, Partial<Observation>, boolean | null]>([
  ['it moved just now', moved(0), false],
  ['it moved within the limit', moved(59.9), false],
  ['it has not moved for the limit', moved(60), true],
  ['it has not moved, and a person has paused it', { ...moved(90), isPaused: true }, null],
  ['it moves, though it is paused', { ...moved(1), isPaused: true }, false],
  ['it has not moved, but nobody could look for longer', { ...moved(90), watchedSince: NOW - 59 * MINUTE }, null],
  ['it has not moved since it is watched', { ...moved(90), watchedSince: NOW - 60 * MINUTE }, true],
  ['the queue is empty', queue(0), false],
  ['a task waits longer than the limit', queue(10.1), true],
  ['a task waits hardly less', queue(9), null],
  ['a task waits clearly less', queue(8), false],
  ['KL is over its limit', kl(0.0101), true],
  ['KL is hardly under it', kl(0.009), null],
  ['KL is clearly under it', kl(0.008), false],
  ['an update was skipped', skipped(1), true],
  ['no update was skipped', skipped(0), false],
  ['most labels are wrong', labels(0.49), true],
  ['half of the labels are right', labels(0.5), false],
  ['the disk is nearly full', disk(99), true],
  ['the disk is hardly less full', disk(110), null],
  ['the disk has room', disk(120), false],
])('%s', (_what, changes, isBad) => {
  expect(findingsOf(limits, seen(changes)).map((finding) => finding.isBad)).toEqual(isBad === null ? [] : [isBad])
})

test('of what is not known, or has no limit, nothing is found', () => {
  expect(findingsOf(limits, seen())).toEqual([])
  const all = seen({ ...moved(600), ...queue(600), ...kl(9), ...skipped(2), ...labels(0), ...disk(0) })
  expect(findingsOf(off, all)).toEqual([])
  expect(findingsOf(limits, all).map(({ cause }) => cause.kind)).toEqual([
    'no-progress',
    'queue',
    'kl',
    'skipped-updates',
    'label-accuracy',
    'disk',
  ])
})

test('each cause says what is wrong in numbers, where, and what to do', () => {
  const all = seen({ ...moved(75), ...queue(12), ...kl(0.034), ...skipped(2), ...labels(0.25), ...disk(42) })
  const said = findingsOf(limits, all).map(({ cause }) => [cause.where, cause.wrong])
  expect(said).toEqual([
    ['tiny/iter-001/executor', 'no progress for 1 h 15 min: the reason'],
    [
      'tiny/iter-001/executor',
      '12 tasks wait in the queue agent0-rollout, the oldest for 12 min 0 s: its workers are busy',
    ],
    ['tiny/iter-001/executor/step-0007', expect.stringContaining('0.034 nats per token, over 0.01')],
    ['tiny/iter-001/executor/step-0007', '2 updates were skipped: no finite gradient'],
    [
      'tiny/iter-001',
      expect.stringContaining('25.0 % of the pseudo-labels with a known answer are correct, under 50.0 %'),
    ],
    ['tiny/iter-001/executor', '4.2 % of the disk of /store is free, under 10.0 %'],
  ])
  expect(
    findingsOf(limits, all).filter(({ cause }) => cause.advice.length < 10 && cause.kind !== 'no-progress'),
  ).toEqual([])
})

test('a queue that no worker polls is another alert than one whose workers are busy', () => {
  const [finding] = findingsOf(limits, seen(queue(12, false)))
  expect(finding!.cause).toMatchObject({ wrong: expect.stringContaining('no worker polls'), subject: 'agent0-rollout' })
})

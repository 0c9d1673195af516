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
  abstainedMax: 'none',
  misreadCallsMax: 'none',
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
    rollouts: null,
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
const counted = (changes: object) => ({
  rollouts: {
    stage: 'executor',
    step: 'tiny/iter-001/executor/step-0007',
    tasks: 10,
    rollouts: 100,
    toolCalls: 40,
    misreadCalls: 0,
    sampledTokens: 1000,
    answered: 90,
    noAnswer: 0,
    tooLong: 0,
    turnLimit: 0,
    ...changes,
  },
})
const answered = (count: number) => counted({ answered: count, toolCalls: 0 })
const called = (toolCalls: number, misreadCalls: number | undefined) =>
  counted({ rollouts: 0, answered: 0, toolCalls, misreadCalls })
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
  ['most rollouts answer', answered(90), false],
  ['most rollouts do not', answered(49), true],
  ['hardly more than half of them do', answered(55), null],
  ['calls are understood', called(40, 4), false],
  ['a third of the calls is not', called(40, 20), true],
  ['hardly fewer than the limit', called(41, 9), null],
  ['nobody calls', called(0, 0), null],
  ['nobody counted the misread ones', called(40, undefined), null],
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
  const unread = counted({ answered: 0, misreadCalls: 60 })
  const all = seen({ ...moved(600), ...queue(600), ...kl(9), ...skipped(2), ...unread, ...labels(0), ...disk(0) })
  expect(findingsOf(off, all)).toEqual([])
  expect(findingsOf(limits, all).map(({ cause }) => cause.kind)).toEqual([
    'no-progress',
    'queue',
    'kl',
    'skipped-updates',
    'abstentions',
    'misread-calls',
    'label-accuracy',
    'disk',
  ])
})

test('each cause says what is wrong in numbers, where, and what to do', () => {
  const unread = counted({ answered: 30, misreadCalls: 40 })
  const all = seen({ ...moved(75), ...queue(12), ...kl(0.034), ...skipped(2), ...unread, ...labels(0.25), ...disk(42) })
  const said = findingsOf(limits, all).map(({ cause }) => [cause.where, cause.wrong])
  expect(said).toEqual([
    ['tiny/iter-001/executor', 'no progress for 1 h 15 min: the reason'],
    [
      'tiny/iter-001/executor',
      '12 tasks wait in the queue agent0-rollout, the oldest for 12 min 0 s: its workers are busy',
    ],
    ['tiny/iter-001/executor/step-0007', expect.stringContaining('0.034 nats per token, over 0.01')],
    ['tiny/iter-001/executor/step-0007', '2 updates were skipped: no finite gradient'],
    ['tiny/iter-001/executor/step-0007', expect.stringContaining('70.0 % of the rollouts gave no answer, over 50.0 %')],
    [
      'tiny/iter-001/executor/step-0007',
      expect.stringContaining('50.0 % of the tool calls were written in a form that is not run'),
    ],
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

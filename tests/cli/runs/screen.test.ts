import { nextPace } from '../../../cli/runs/pace.ts'
import { bar, runScreen } from '../../../cli/runs/screen.ts'
import type { RunEnding } from '../../../services/temporal/run-client.ts'
import type { RunView } from '../../../services/temporal/run-view.ts'
import { BEGAN, halt, raisedAlert, runStatus, runView, SECOND, stageStatus } from '../../support/run-views.ts'

const screen = (view: RunView, columns = 80) => runScreen(view, null, columns).join('\n')
const ended = (ending: RunEnding) =>
  screen(runView({ entry: { ...runView().entry, ending }, status: null, stage: null }))

test('a screen at a glance', () => {
  expect(runScreen(runView(), null, 70)).toEqual([
    'tiny · iteration 2 of 3 · executor · 12 min 40 s',
    '  done      curriculum, curation',
    '  now       step 13 of 32: sample and vote',
    '  steps     ██████████░░░░░░░░░░░░░░░░  12/32',
    '  tasks     ████████████████████░░░░░░  12/16',
    '  latest    mean reward 0.612 · tool calls per rollout 1.9',
    '  held-out  0.213 → 0.341 (mean@k by iteration)',
    '  tokens    1,234,567 sampled; at most 64 tasks in flight',
  ])
})

test('what a server or a model wrote moves no cursor and writes no clipboard, wherever it stands', () => {
  const wrote = 'down\u001b[2J\u001b]0;owned\u0007\u001b]52;c;AAAA\u0007\u009b31m\u202e\r\0\ud800'
  const view = runView({
    stage: stageStatus({ waitsFor: wrote }),
    pendingFailures: [{ activity: 'rolloutTask', count: 1, attempts: 3, reason: wrote, type: null, nextTryAt: null }],
    status: runStatus({ alerts: [{ ...raisedAlert(), wrong: wrote, advice: wrote }] }),
  })
  // eslint-disable-next-line no-control-regex
  expect(screen(view)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|\p{Surrogate}/u)
  expect(screen(view)).toContain('down␛[2J')
})

test('while watching there are rate and time left beside the bars', () => {
  const at = (second: number, done: number) =>
    runView({
      at: runView().at + second * SECOND,
      stage: stageStatus({ steps: { done, total: 32 } }),
      shards: [{ done: done * 5, total: 100 }],
    })
  const views = [at(0, 12), at(10, 13), at(20, 14)]
  const pace = views.reduce((before: ReturnType<typeof nextPace> | null, view) => nextPace(before, view), null)
  const text = runScreen(views[2]!, pace, 80).join('\n')
  expect(text).toMatch(/steps .*14\/32 {2}about 3 min 0 s left/)
  expect(text).toMatch(/tasks .*70\/100 {2}0\.5\/s/)
})

test.each([
  [
    'a pause',
    { status: runStatus({ control: { ...runStatus().control, paused: true } }) },
    /waiting +paused: "agent0 resume"/,
  ],
  ['a used up budget', { stage: stageStatus({ waitsFor: 'the budget is used up' }) }, /waiting +the budget is used up/],
  [
    'a halted stage',
    { status: runStatus({ stage: null, halted: halt('curation', 'too few') }), stage: null },
    /· curation ·[^]*waiting +curation is halted: too few · then "agent0 retry curation"/,
  ],
  ['a stop that was asked for', { status: runStatus({ stopAfter: 'iteration' }) }, /stops +after this iteration/],
  [
    'a bound on tokens',
    { status: runStatus({ control: { ...runStatus().control, sampledTokensLeft: 500_000 } }) },
    /1,234,567 sampled of 1,500,000/,
  ],
  [
    'that no tokens are counted yet',
    { status: runStatus({ sampledTokens: 0 }), stage: null },
    /tokens +counted when a shard ends/,
  ],
  ['the base model', { status: runStatus({ iteration: 0 }) }, /^tiny · the base model · executor/],
  [
    'shards, if there are several',
    { stage: stageStatus({ steps: null, shardsOver: { done: 3, total: 32 } }) },
    /shards .*3\/32/,
  ],
  [
    'no worker',
    { status: null, stage: null },
    /^tiny · iteration 2 · [^]*now +no workflow worker is polling\. Is "agent0 up" running\?/,
  ],
] satisfies [string, Partial<RunView>, RegExp][])('it shows %s', (_title, changes, expected) => {
  expect(screen(runView(changes))).toMatch(expected)
})

test('a shard that still writes its proposals has no bar of tasks', () => {
  expect(screen(runView({ shards: [{ done: 0, total: 0 }] }))).not.toMatch(/tasks {5}/)
})

test('what is retried is one line: what, how many, how often it failed, why, and when it is tried next', () => {
  const { at } = runView()
  const failing = {
    activity: 'rolloutTask',
    count: 12,
    attempts: 3,
    reason: 'no server',
    type: null,
    nextTryAt: at + 3_500,
  }
  expect(screen(runView({ pendingFailures: [failing] }))).toContain(
    'retrying  rolloutTask × 12 (3 failed attempts): no server · next in 4 s',
  )
  const queued = {
    activity: 'trainStep',
    count: 1,
    attempts: 0,
    reason: 'no worker has taken it',
    type: null,
    nextTryAt: null,
  }
  expect(screen(runView({ pendingFailures: [queued] }))).toMatch(/waiting +trainStep: no worker has taken it$/)
})

test('what is retried says what to do, by the type of its failure', () => {
  const reason = 'the container engine does not answer: connect ENOENT /var/run/docker.sock'
  const type = 'Sandbox.EngineUnreachable' as const
  const failing = { activity: 'rolloutTask', count: 1, attempts: 2, reason, type, nextTryAt: null }
  expect(runScreen(runView({ pendingFailures: [failing] }), null, 300).at(-1)).toBe(
    `  retrying  rolloutTask (2 failed attempts): ${reason} · retrying now · start Docker (systemctl start docker); the run continues by itself`,
  )
})

test('an alert is a row while it stands, and for an hour after it was cleared', () => {
  const alert = raisedAlert()
  const shown = (clearedAt: string | null, at = runView().at) =>
    runScreen(runView({ at, status: runStatus({ alerts: [{ ...alert, clearedAt }] }) }), null, 200).at(-1)
  expect(shown(null)).toBe('  ALERT     tiny/iter-002/executor: nothing has moved · since 2 min 40 s · see "agent0 ps"')
  const cleared = new Date(BEGAN + 700 * SECOND).toISOString()
  expect(shown(cleared)).toBe('  cleared   tiny/iter-002/executor: nothing has moved · after 1 min 40 s, 1 min 0 s ago')
  expect(shown(cleared, BEGAN + 4_301 * SECOND)).toMatch(/^ {2}tokens/)
})

test.each([
  [
    { kind: 'finished', iterations: 3, scores: [0.2, null, 0.4] },
    /finished 3 iterations; held-out .*: 0\.200 → – → 0\.400\.\n.*report tiny/,
  ],
  [{ kind: 'finished', iterations: 3, scores: [null] }, /finished 3 iterations\./],
  [{ kind: 'stopped', after: 'step 3 of 12' }, /stopped after step 3 of 12\. "agent0 start CONFIG --run-id tiny"/],
  [{ kind: 'cancelled' }, /stopped at once/],
  [{ kind: 'failed', reason: 'a broken invariant' }, /failed: a broken invariant\n.*resumes/],
] satisfies [RunEnding, RegExp][])('an ending says how the run ended and what can be done: %j', (ending, expected) => {
  expect(ended(ending)).toMatch(expected)
})

test.each([
  [0, 4, '░░░░'],
  [2, 4, '██░░'],
  [4, 4, '████'],
  [9, 4, '████'],
  [0, 0, '░░░░'],
])('a bar of %d of %d', (done, total, expected) => {
  expect(bar({ done, total }, 4)).toBe(expected)
})

test('what is longer than the terminal is wide goes on below, between words', () => {
  const reason = Array.from({ length: 30 }, (_, index) => `word${index}`).join(' ')
  const lines = runScreen(runView({ stage: stageStatus({ waitsFor: reason }) }), null, 60)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60)
  const rest = lines.slice(lines.findIndex((line) => line.startsWith('  waiting')))
  expect(rest.join(' ').replaceAll(/ +/g, ' ')).toContain(reason)
})

test('a bar is never narrower than ten cells', () => {
  expect(screen(runView(), 20)).toMatch(/steps +[█░]{10} /)
})

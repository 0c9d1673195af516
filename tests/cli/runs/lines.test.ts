import { linesOf } from '../../../cli/runs/lines.ts'
import type { Alert } from '../../../contracts/alert.ts'
import type { RunView } from '../../../services/temporal/run-view.ts'
import { halt, raisedAlert, runStatus, runView, stageStatus } from '../../support/run-views.ts'

const between = (before: Partial<RunView>, after: Partial<RunView>) => linesOf(runView(before), runView(after))

test('the first look says where the run stands', () => {
  expect(linesOf(null, runView())).toEqual([
    'executor: step 12 of 32 done · mean reward 0.612 · tool calls per rollout 1.9',
    'iteration 2 of 3 · executor · step 13 of 32: sample and vote',
  ])
})

test('where nothing has changed there is no line, however often one looks and however the tasks go', () => {
  expect(between({}, {})).toEqual([])
  expect(between({}, { shards: [{ done: 16, total: 16 }], at: 0 })).toEqual([])
})

test.each([
  [
    'what it is at',
    { stage: stageStatus({ doing: 'step 13 of 32: train' }) },
    ['iteration 2 of 3 · executor · step 13 of 32: train'],
  ],
  [
    'a step that is done',
    { stage: stageStatus({ steps: { done: 13, total: 32 }, latest: { 'mean reward': 0.7 } }) },
    ['executor: step 13 of 32 done · mean reward 0.7'],
  ],
  [
    'a score',
    { status: runStatus({ iteration: 3, scores: [0.213, 0.341, 0.4] }), stage: null },
    ['held-out mean@k after iteration 2 of 3: 0.400'],
  ],
  [
    'a pause',
    { status: runStatus({ control: { ...runStatus().control, paused: true } }) },
    ['waiting: paused: "agent0 resume" continues; running work ends first'],
  ],
  [
    'a halted stage',
    { status: runStatus({ halted: halt('executor', 'a loss is not a number') }), stage: null },
    ['waiting: executor is halted: a loss is not a number · then "agent0 retry executor"'],
  ],
  ['no worker', { status: null, stage: null }, ['no workflow worker is polling. Is "agent0 up" running?']],
  [
    'shards that are over, if there are several',
    { stage: stageStatus({ shardsOver: { done: 1, total: 2 } }) },
    ['iteration 2 of 3 · executor · step 13 of 32: sample and vote (1 of 2 shards)'],
  ],
] satisfies [string, Partial<RunView>, string[]][])('a line for %s', (_title, after, lines) => {
  expect(between({}, after)).toEqual(lines)
})

test('the score of the base model is called so', () => {
  expect(between({ status: runStatus({ scores: [] }) }, { status: runStatus({ scores: [0.2] }) })).toEqual([
    'held-out mean@k of the base model: 0.200',
  ])
})

test('what was waited for is over', () => {
  expect(between({ stage: stageStatus({ waitsFor: 'the budget is used up' }) }, {})).toEqual(['continuing'])
})

test('an alert is told when it is raised and when it is cleared', () => {
  const alert = raisedAlert()
  const cleared = { ...alert, clearedAt: alert.raisedAt }
  const after = (alerts: Alert[]) => ({ status: runStatus({ alerts }) })
  expect(between({}, after([alert]))).toEqual(['ALERT tiny/iter-002/executor: nothing has moved · see "agent0 ps"'])
  expect(between(after([alert]), after([alert]))).toEqual([])
  expect(between(after([alert]), after([cleared]))).toEqual([
    'alert cleared: tiny/iter-002/executor: nothing has moved',
  ])
  expect(between({}, after([cleared]))).toEqual([])
})

test('a failure that is retried is printed once, not at each attempt', () => {
  const failing = { activity: 'trainStep', count: 1, attempts: 1, reason: 'no trainer', type: null, nextTryAt: null }
  expect(between({}, { pendingFailures: [failing] })).toEqual([
    'trainStep (1 failed attempt): no trainer · retrying now',
  ])
  expect(between({ pendingFailures: [failing] }, { pendingFailures: [{ ...failing, attempts: 2 }] })).toEqual([])
})

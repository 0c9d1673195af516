import type { RunStatus, StageStatus } from '../../../contracts/run-status.ts'
import { boardOf, runBoardOf } from '../../../core/loop/boards.ts'

const stage: StageStatus = {
  stage: 'executor',
  doing: 'step 3 of 40: train',
  steps: { done: 2, total: 40 },
  shards: [],
  shardsOver: null,
  latest: { 'mean reward': 0.123456 },
  sampledTokens: 1_000,
  waitsFor: null,
}

const run: RunStatus = {
  run: 'tiny',
  iteration: 2,
  iterations: 3,
  stage: { name: 'executor', workflowId: 'agent0/tiny/iter-002/executor' },
  stagesDone: ['curriculum', 'curation'],
  control: { paused: false, tasksInFlight: 64, stopAfterStep: false, sampledTokensLeft: null },
  stopAfter: null,
  halted: null,
  policies: { executor: 'tiny-executor-v2-cccccccc' },
  sampledTokens: 5_000,
  scores: [0.25, null],
  alerts: [],
}

test('the board of a stage says where it is, what it is at, and the latest numbers', () => {
  const board = boardOf(stage)
  expect(board).toContain('### executor · step 3 of 40')
  expect(board).toContain('step 3 of 40: train')
  expect(board).toContain('| mean reward | 0.1235 |')
})

test('a stage that waits says why instead of what it is at; the last step is not exceeded', () => {
  const board = boardOf({ ...stage, steps: { done: 40, total: 40 }, waitsFor: 'paused: "agent0 resume" goes on' })
  expect(board).toContain('**waits:** paused')
  expect(board).not.toContain('train')
  expect(board).toContain('step 40 of 40')
  expect(boardOf({ ...stage, steps: null })).toContain('### executor\n')
})

test('the board of a run says how far it is, what runs, and the scores so far', () => {
  const board = runBoardOf(run)
  expect(board).toContain('### tiny: iteration 2 of 3\nexecutor\n')
  expect(board).toContain('Done in this iteration: curriculum, curation')
  expect(board).toContain('| held-out mean@k after iteration 0 | 0.25 |')
  expect(board).toContain('| held-out mean@k after iteration 1 | – |')
})

test('the board of a run shows its alerts: what is wrong, where, since when and what to do, or that it is cleared', () => {
  const stands = {
    kind: 'disk',
    subject: '/store',
    where: 'tiny/iter-002/executor',
    wrong: '4.2 % of the disk is free',
    advice: 'make room',
    raisedAt: '2026-11-26T12:34:56.789Z',
    clearedAt: null,
  } as const
  const cleared = { ...stands, wrong: 'nothing has moved', clearedAt: '2026-11-26T13:00:00.000Z' }
  const board = runBoardOf({ ...run, alerts: [cleared, stands] })
  expect(board).toContain(
    '**alert since 2026-11-26 12:34 UTC** `tiny/iter-002/executor`: 4.2 % of the disk is free. **What to do:** make room.',
  )
  expect(board).toContain('cleared 2026-11-26 13:00 UTC: `tiny/iter-002/executor`: nothing has moved.')
})

test.each([
  [{ iteration: 0, stagesDone: [] }, ['the base model is evaluated', 'nothing yet']],
  [{ stage: null }, ['between stages']],
  [{ control: { ...run.control, paused: true } }, ['executor · **paused**']],
  [{ halted: { stage: 'executor', reason: 'too large' } }, ['**halted at executor:** too large']],
])('of a run that is %j its board says %j', (changes, sentences) => {
  for (const sentence of sentences) expect(runBoardOf({ ...run, ...changes })).toContain(sentence)
})

import type { Alert } from '../../contracts/alert.ts'
import type { RunStatus, StageStatus } from '../../contracts/run-status.ts'
import type { RunView } from '../../services/temporal/run-view.ts'

/** A run that trains its executor, in its second iteration of three. */
export function runStatus(changes: Partial<RunStatus> = {}): RunStatus {
  return {
    run: 'tiny',
    iteration: 2,
    iterations: 3,
    stage: { name: 'executor', workflowId: 'agent0/tiny/iter-002/executor' },
    stages: ['curriculum', 'curation', 'executor', 'evaluation'],
    stagesDone: ['curriculum', 'curation'],
    control: { paused: false, tasksInFlight: 64, stopAfterStep: false, sampledTokensLeft: null },
    stopAfter: null,
    halted: null,
    resolvedHalts: [],
    policies: { executor: 'tiny-executor-v32-01234567' },
    sampledTokens: 1_000_000,
    scores: [0.213, 0.341],
    alerts: [],
    ...changes,
  }
}

/** A stage of that run that failed by itself. */
export function halt(stage: string, reason: string): NonNullable<RunStatus['halted']> {
  return { stage, reason, where: `agent0/tiny/iter-002/${stage}`, advice: `then "agent0 retry ${stage}"` }
}

export function stageStatus(changes: Partial<StageStatus> = {}): StageStatus {
  return {
    stage: 'executor',
    doing: 'step 13 of 32: sample and vote',
    steps: { done: 12, total: 32 },
    shards: ['agent0/tiny/iter-002/executor/step-0013/shard-000'],
    shardsOver: { done: 0, total: 1 },
    latest: { 'mean reward': 0.61234, 'tool calls per rollout': 1.9 },
    sampledTokens: 234_567,
    waitsFor: null,
    ...changes,
  }
}

export const SECOND = 1_000
export const BEGAN = Date.UTC(2026, 10, 26, 12, 0, 0)

/** That nothing moves in it, since ten minutes after it was begun. */
export function raisedAlert(): Alert {
  return {
    kind: 'no-progress',
    subject: '',
    where: 'tiny/iter-002/executor',
    wrong: 'nothing has moved',
    advice: 'see "agent0 ps"',
    raisedAt: new Date(BEGAN + 600 * SECOND).toISOString(),
    clearedAt: null,
  }
}

/** That run, 12 minutes and 40 seconds after it was begun. */
export function runView(changes: Partial<RunView> = {}): RunView {
  return {
    at: BEGAN + 760 * SECOND,
    entry: { run: 'tiny', ending: null, startedAt: BEGAN, endedAt: null, iteration: 2, score: 0.341 },
    status: runStatus(),
    stage: stageStatus(),
    shards: [{ done: 12, total: 16 }],
    pendingFailures: [],
    workflows: ['agent0/tiny', 'agent0/tiny/iter-002/executor'],
    ...changes,
  }
}

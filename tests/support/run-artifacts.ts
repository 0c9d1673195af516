import { RunConfig } from '../../contracts/run-config.ts'
import type { StageSummary } from '../../contracts/stage-summary.ts'
import type { IterationRecord } from '../../contracts/run-record.ts'
import type { OnlineTrainingTally } from '../../contracts/stage-tallies.ts'
import { summariseIteration } from '../../core/metrics/iteration-summary.ts'
import type { RunArtifacts } from '../../core/report/run-report.ts'

const sha256 = '0'.repeat(64)
const TENTHS = Array.from({ length: 11 }, (_, tenth) => tenth)

const rollouts = (tasks: number, k: number, toolCalls: number) => ({
  tasks,
  rollouts: tasks * k,
  toolCalls,
  sampledTokens: tasks * k * 60,
  answered: tasks * k,
  noAnswer: 0,
  tooLong: 0,
  turnLimit: 0,
})

const updates = (clipped: boolean): OnlineTrainingTally['updates'] => ({
  klTrainServer: { sum: 0.5, count: 1_000 },
  clippedByPHat: TENTHS.map((tenth) => {
    const tokens = clipped && tenth >= 3 && tenth <= 8 ? 1_000 : 0
    return { tokens, clipped: tokens === 0 ? 0 : 10 * (10 - tenth) }
  }),
  truncatedTokens: 2,
  droppedRows: 1,
  skippedUpdates: 1,
})

/** A training stage whose reward terms are these means. */
function training(stage: string, steps: number, terms: Record<string, number>): StageSummary {
  const reward = Object.fromEntries(Object.entries(terms).map(([term, mean]) => [term, { sum: 64 * mean, count: 64 }]))
  const isSolver = stage === 'executor'
  const tally: OnlineTrainingTally = {
    steps,
    proposals: { asked: isSolver ? 0 : 64, wellFormed: isSolver ? 0 : 60 },
    rollouts: rollouts(60, 10, 900),
    pHat: TENTHS.map(() => 5),
    reward,
    groups: { count: 20, zeroVariance: 5 },
    updates: updates(isSolver),
  }
  return { kind: 'online-training', stage, role: stage, checkpoint: sha256, tally }
}

/** An iteration of a run whose every number gets better by a like step; 0 is the base model. */
function iteration(number: number): IterationRecord {
  const evaluation: StageSummary = {
    kind: 'evaluation',
    stage: 'evaluation',
    tally: {
      heldOut: { tasks: 100, samples: 1_000, rightSamples: 330 + 90 * number, rightMajorities: 70 + 5 * number },
      frozenExecutor: {
        samples: number === 0 ? 0 : 1_000,
        agreeing: number === 0 ? 0 : 700 - 60 * number,
        samplesWithTruth: number === 0 ? 0 : 900,
        right: number === 0 ? 0 : 590 - 50 * number,
      },
      labels: { known: number === 0 ? 0 : 100, right: number === 0 ? 0 : 91 - number },
    },
  }
  const malformed = 20 - 2 * number
  const pool: StageSummary = {
    kind: 'curation',
    stage: 'curation',
    tasks: { uri: 'tasks', sha256, count: 110 },
    tally: {
      proposals: { asked: 200, wellFormed: 200 - malformed },
      distinct: 170,
      rollouts: rollouts(200 - malformed, 10, 1_500 + 400 * number),
      pHat: TENTHS.map((tenth) => Math.round(30 / (1 + Math.abs(tenth - 7 + number)))),
      kept: 110,
      dropped: { malformed, 'below-band': 25, 'above-band': 45 + 2 * number },
    },
  }
  const trained: StageSummary[] = [
    training('curriculum', 5, {
      format: 0.9,
      uncertainty: 0.6 + 0.02 * number,
      tool: 0.1,
      repetition: 0.02,
      total: 0.65,
    }),
    pool,
    training('executor', 40, { total: 0.5 + 0.05 * number }),
  ]
  const stages = number === 0 ? [evaluation] : [...trained, evaluation]
  const names = stages.map(({ stage }) => stage)
  const byStage = (each: number) =>
    Object.fromEntries(names.map((stage, index) => [stage, Math.round(each * (1 + index))]))
  return {
    summary: summariseIteration(number, stages),
    stages,
    seconds: byStage(40),
    sampledTokens: byStage(120_000),
    serverUse: Object.fromEntries(
      names.map((stage, index) => [
        stage,
        { busySeconds: 27 * (1 + index), wallSeconds: 30 * (1 + index) + 6 * number },
      ]),
    ),
    work: Object.fromEntries(
      names.map((stage, index) => [
        stage,
        {
          usefulSeconds: 900 * (1 + index),
          slotSeconds: 1_000 * (1 + index) + 20 * number,
          retries: number === 2 && stage === 'curation' ? { rolloutTask: { 'no heartbeat': 3 } } : {},
        },
      ]),
    ),
    next: { iteration: number + 1, policies: {}, frozen: null, archive: [], sampledTokens: 0 },
  }
}

/** What a run of three iterations left, the last of which is `last`; null for none. */
export function runArtifacts(last: number | null): RunArtifacts {
  const iterations = last === null ? [] : Array.from({ length: last + 1 }, (_, number) => iteration(number))
  return {
    run: 'made-up',
    config: RunConfig.parse({ name: 'made-up', iterations: 3 }),
    record: {
      base: 'c0ffee'.padEnd(64, '0'),
      sandbox: { backend: 'docker', imageDigest: 'sha256:fake', notGuaranteed: [] },
      servers: [],
    },
    iterations,
    steps: iterations.flatMap(({ summary }) =>
      summary.iteration === 0
        ? []
        : ['curriculum', 'executor'].flatMap((stage) =>
            [1, 2, 3, 4].map((step) => ({
              iteration: summary.iteration,
              stage,
              step,
              metrics: {
                loss: -0.01 * step,
                entropy: 0.5 / step,
                gradient_norm: 1 + (step % 2),
                sampler_kl_k3: 0.0005,
              },
            })),
          ),
    ),
  }
}

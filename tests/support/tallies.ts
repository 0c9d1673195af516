import type { CurationTally, EvaluationTally, OnlineTrainingTally } from '../../contracts/stage-tallies.ts'

const rollouts = {
  tasks: 2,
  rollouts: 20,
  toolCalls: 30,
  writtenCalls: 30,
  misreadCalls: 10,
  sampledTokens: 4000,
  answered: 17,
  noAnswer: 1,
  tooLong: 1,
  turnLimit: 1,
}

const pHat = [0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]

/** Two steps of a training stage, small enough to check by hand. */
export const trainingTally: OnlineTrainingTally = {
  steps: 2,
  proposals: { asked: 4, wellFormed: 3 },
  rollouts,
  pHat,
  reward: { uncertainty: { sum: 1.5, count: 3 }, total: { sum: 0.75, count: 3 } },
  groups: { count: 4, zeroVariance: 1 },
  updates: {
    klTrainServer: { sum: 0.5, count: 1000 },
    clippedByPHat: pHat.map((count, tenth) => ({ tokens: 100 * count, clipped: 10 * count * tenth })),
    truncatedTokens: 2,
    droppedRows: 1,
    skippedUpdates: 1,
  },
}

/** A pool of ten proposals. */
export const curationTally: CurationTally = {
  proposals: { asked: 10, wellFormed: 8 },
  distinct: 6,
  rollouts,
  pHat,
  kept: 5,
  dropped: { malformed: 2, duplicate: 2, 'above-band': 1 },
}

export const evaluationTally: EvaluationTally = {
  heldOut: { tasks: 20, samples: 200, rightSamples: 90, rightMajorities: 12 },
  frozenExecutor: { samples: 100, agreeing: 64, samplesWithTruth: 50, right: 30 },
  labels: { known: 4, right: 3 },
}

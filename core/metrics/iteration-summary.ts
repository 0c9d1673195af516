import type { IterationSummary } from '../../contracts/iteration-summary.ts'
import type { StageSummary } from '../../contracts/stage-summary.ts'
import type { CurationTally, EvaluationTally, OnlineTrainingTally } from '../../contracts/stage-tallies.ts'
import { addTallies } from './add-tallies.ts'
import { abstainedShare, misreadCallShare, ratio } from './rollout-shares.ts'

type Training = Extract<StageSummary, { kind: 'online-training' }>

function poolNumbers(curation: CurationTally | undefined) {
  const { proposals, rollouts } = curation ?? {}
  return {
    validProposalShare: ratio(proposals?.wellFormed, proposals?.asked),
    pHatHistogram: curation?.pHat ?? [],
    keptShare: ratio(curation?.kept, proposals?.asked),
    dropped: curation?.dropped ?? {},
    distinctTaskShare: ratio(curation?.distinct, proposals?.wellFormed),
    toolCallsPerTask: ratio(rollouts?.toolCalls, rollouts?.tasks),
    toolCallsPerRollout: ratio(rollouts?.toolCalls, rollouts?.rollouts),
    abstainedShare: rollouts === undefined ? null : abstainedShare(rollouts),
    misreadCallShare: rollouts === undefined ? null : misreadCallShare(rollouts),
    sampledTokensPerRollout: ratio(rollouts?.sampledTokens, rollouts?.rollouts),
  }
}

function trainingNumbers(stages: readonly Training[]) {
  const byStage = <T>(number: (tally: OnlineTrainingTally) => T): Record<string, T> =>
    Object.fromEntries(stages.map(({ stage, tally }) => [stage, number(tally)]))
  return {
    zeroVarianceShare: byStage(({ groups }) => ratio(groups.zeroVariance, groups.count)),
    clipShareByPHat: byStage(({ updates }) =>
      updates.clippedByPHat.map(({ clipped, tokens }) => ratio(clipped, tokens)),
    ),
    klTrainServer: byStage(({ updates: { klTrainServer } }) => ratio(klTrainServer.sum, klTrainServer.count)),
    rewardTerms: byStage(({ reward }) =>
      Object.fromEntries(Object.entries(reward).map(([term, { sum, count }]) => [term, ratio(sum, count)])),
    ),
  }
}

function evaluationNumbers(evaluation: EvaluationTally | undefined) {
  const { heldOut, frozenExecutor, labels } = evaluation ?? {}
  return {
    labelAccuracy: ratio(labels?.right, labels?.known),
    frozenExecutorAgreement: ratio(frozenExecutor?.agreeing, frozenExecutor?.samples),
    frozenExecutorCorrectness: ratio(frozenExecutor?.right, frozenExecutor?.samplesWithTruth),
    heldOutMean: ratio(heldOut?.rightSamples, heldOut?.samples),
    heldOutMajority: ratio(heldOut?.rightMajorities, heldOut?.tasks),
  }
}

/** What is reported of an iteration, from what its stages handed in; stages of one kind add up. Algorithm §7. */
export function summariseIteration(iteration: number, stages: readonly StageSummary[]): IterationSummary {
  const curations = stages.flatMap((stage) => (stage.kind === 'curation' ? [stage.tally] : []))
  const evaluations = stages.flatMap((stage) => (stage.kind === 'evaluation' ? [stage.tally] : []))
  return {
    iteration,
    ...poolNumbers(curations.length > 0 ? curations.reduce(addTallies) : undefined),
    ...trainingNumbers(stages.filter((stage) => stage.kind === 'online-training')),
    ...evaluationNumbers(evaluations.length > 0 ? evaluations.reduce(addTallies) : undefined),
  }
}

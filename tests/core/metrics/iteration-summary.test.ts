import type { StageSummary } from '../../../contracts/stage-summary.ts'
import { summariseIteration } from '../../../core/metrics/iteration-summary.ts'
import { noSteps } from '../../../core/metrics/tally.ts'
import { curationTally, evaluationTally, trainingTally } from '../../support/tallies.ts'
import { misreadCallShare } from '../../../core/metrics/rollout-shares.ts'

const sha256 = '0'.repeat(64)
const training = (stage: string, tally = trainingTally): StageSummary => ({
  kind: 'online-training',
  stage,
  role: stage,
  checkpoint: sha256,
  tally,
})
const curation: StageSummary = {
  kind: 'curation',
  stage: 'curation',
  tasks: { uri: 'tasks', sha256, count: 5 },
  tally: curationTally,
}
const evaluation: StageSummary = { kind: 'evaluation', stage: 'evaluation', tally: evaluationTally }
const summary = summariseIteration(2, [training('curriculum', noSteps), curation, training('executor'), evaluation])

// The list of algorithm.md §7, number by number.
test.each([
  ['valid-proposal share', summary.validProposalShare, 0.8],
  ['p̂ histogram', summary.pHatHistogram, [0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]],
  ['kept share', summary.keptShare, 0.5],
  ['drop reasons', summary.dropped, { malformed: 2, duplicate: 2, 'above-band': 1 }],
  ['distinct-task share', summary.distinctTaskShare, 0.75],
  ['tool calls per task', summary.toolCallsPerTask, 15],
  ['tool calls per rollout', summary.toolCallsPerRollout, 1.5],
  ['abstained share', summary.abstainedShare, 0.15],
  ['misread-call share', summary.misreadCallShare, 0.25],
  ['the same where no program is run', misreadCallShare({ toolCalls: 0, writtenCalls: 30, misreadCalls: 10 }), 0.25],
  ['answer length', summary.sampledTokensPerRollout, 200],
  ['zero-variance share', summary.zeroVarianceShare['executor'], 0.25],
  ['clip share at p̂ = 0.3', summary.clipShareByPHat['executor']![3], 0.3],
  ['clip share at p̂ = 0.5', summary.clipShareByPHat['executor']![5], 0.5],
  ['clip share where there was no token', summary.clipShareByPHat['executor']![0], null],
  ['KL train/server', summary.klTrainServer['executor'], 0.0005],
  ['reward terms apart', summary.rewardTerms['executor'], { uncertainty: 0.5, total: 0.25 }],
  ['label accuracy', summary.labelAccuracy, 0.75],
  ['frozen executor, agreement', summary.frozenExecutorAgreement, 0.64],
  ['frozen executor, correctness', summary.frozenExecutorCorrectness, 0.6],
  ['held-out mean@k', summary.heldOutMean, 0.45],
  ['held-out maj@k', summary.heldOutMajority, 0.6],
])('%s', (_what, actual, expected) => {
  expect(actual).toEqual(expected)
})

test('what was not measured is unknown, not zero', () => {
  expect(summariseIteration(0, [])).toMatchObject({ keptShare: null, pHatHistogram: [], heldOutMean: null })
  expect(summary.zeroVarianceShare['curriculum']).toBeNull()
})

test('stages of one kind add up before they are divided', () => {
  const doubled = summariseIteration(2, [curation, curation, evaluation, evaluation])
  expect(doubled.keptShare).toBe(summary.keptShare)
  expect(doubled.dropped).toEqual({ malformed: 4, duplicate: 4, 'above-band': 2 })
  expect(doubled.heldOutMean).toBe(summary.heldOutMean)
})

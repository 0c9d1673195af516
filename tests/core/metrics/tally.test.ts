import { OnlineTrainingTally } from '../../../contracts/stage-tallies.ts'
import { addTallies } from '../../../core/metrics/add-tallies.ts'
import {
  noSteps,
  tallyDecisions,
  tallyGroups,
  tallyPHat,
  tallyRollouts,
  tallyTerms,
} from '../../../core/metrics/tally.ts'
import { trainingTally } from '../../support/tallies.ts'

test('adding up adds every number, at any depth, and takes a missing key for zero', () => {
  expect(addTallies({ a: 1, b: [1, { c: 2 }] }, { a: 2, b: [3, { c: 4 }] })).toEqual({ a: 3, b: [4, { c: 6 }] })
  expect(addTallies<Record<string, number>>({ proof: 1 }, { duplicate: 2 })).toEqual({ proof: 1, duplicate: 2 })
})

test('no steps and a stage are that stage, whichever comes first', () => {
  expect(addTallies(noSteps, trainingTally)).toEqual(trainingTally)
  expect(addTallies(trainingTally, noSteps)).toEqual(trainingTally)
  expect(OnlineTrainingTally.parse(noSteps)).toEqual(noSteps)
})

test('the order in which tallies are added does not matter', () => {
  const other = { ...trainingTally, steps: 5, reward: { tool: { sum: 1, count: 4 } } }
  expect(addTallies(trainingTally, other)).toEqual(addTallies(other, trainingTally))
})

test('p̂ falls into the bucket of its tenth: exact for 10 answers, rounded for 9', () => {
  expect(tallyPHat(Array.from({ length: 11 }, (_, votes) => votes / 10))).toEqual(Array.from({ length: 11 }, () => 1))
  expect(tallyPHat([3 / 9, 7 / 9])).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0])
})

test('terms are summed apart', () => {
  const terms = [
    { uncertainty: 1, total: 0.5 },
    { uncertainty: 0, total: 0.25 },
  ]
  expect(tallyTerms(terms)).toEqual({ uncertainty: { sum: 1, count: 2 }, total: { sum: 0.75, count: 2 } })
  expect(tallyTerms([])).toEqual({})
})

test('decisions are counted: kept ones, and dropped ones by reason', () => {
  expect(tallyDecisions([null, 'proof', null, 'proof', 'duplicate'])).toEqual({
    kept: 2,
    dropped: { proof: 2, duplicate: 1 },
  })
})

test('a group that teaches nothing is counted', () => {
  const group = { id: 'a', advantages: [0, 0], clipLow: 0.2, clipHigh: 0.2 }
  expect(
    tallyGroups([
      { ...group, zeroVariance: true },
      { ...group, zeroVariance: false },
    ]),
  ).toEqual({
    count: 2,
    zeroVariance: 1,
  })
})

test('rollouts are counted by ending, with their calls and tokens', () => {
  const rollout = { ending: 'answered', toolCalls: 2, sampledTokens: 50 } as const
  const tasks = [
    [rollout, { ...rollout, ending: 'turn_limit' as const }],
    [{ ...rollout, ending: 'no_answer' as const }],
  ]
  expect(tallyRollouts(tasks)).toEqual({
    tasks: 2,
    rollouts: 3,
    toolCalls: 6,
    writtenCalls: 6,
    misreadCalls: 0,
    sampledTokens: 150,
    answered: 1,
    noAnswer: 1,
    tooLong: 0,
    turnLimit: 1,
  })
})

import type { Proposal } from '../../../contracts/task.ts'
import { TrainingRow } from '../../../contracts/training-row.ts'
import type { GroupCredit } from '../../../core/advantages/credit.ts'
import { rowsOfGroup, type SampledTokens, tokensOfProposal } from '../../../core/training/training-rows.ts'
import { replay } from '../../../core/rollout/advance.ts'
import { nextAction } from '../../../core/rollout/next-action.ts'
import { aGeneration, aStart, aTaskId, executed, generated, program } from '../../support/rollouts.ts'

const credit: GroupCredit = { id: 'g', advantages: [1, -1], clipLow: 0.2, clipHigh: 0.3, zeroVariance: false }
const about = { pHat: 0.5, temperature: 0.7 }

/** A rollout that wrote a program, was shown what it printed, and answered. */
function aRollout() {
  const state = replay(aStart(), [
    generated(0, program('print(6*7)')),
    executed(0, '42'),
    generated(1, '\\boxed{42}', 'end_of_sequence'),
  ])
  const action = nextAction(state)
  if (action.kind !== 'finish') throw new Error('it has not ended')
  return action.rollout
}

const proposal: Proposal = {
  id: aTaskId,
  policy: 'tiny-curriculum-v0-00000000',
  promptTokenIds: [7, 8, 9],
  generation: aGeneration('<question>?</question>\\boxed{1}'),
  parsed: { kind: 'malformed', problem: 'no_answer' },
}

test('a row is exactly the ids that the server was sent and returned; prompt and tool output are masked', () => {
  const rollout = aRollout()
  const [row, other] = rowsOfGroup(credit, [rollout, rollout], about)
  expect(TrainingRow.parse(row)).toEqual(row)
  expect(row!.tokenIds).toEqual([...rollout.promptTokenIds, ...rollout.responseTokenIds])
  const prompt = rollout.promptTokenIds.length
  expect(row!.mask.slice(0, prompt)).toEqual(rollout.promptTokenIds.map(() => 0))
  expect(row!.mask.slice(prompt)).toEqual(rollout.responseMask)
  expect(row!.mask).toContain(1)
  expect(row!.serverLogprobs.slice(prompt)).toEqual(rollout.responseLogprobs)
  expect(row!.serverLogprobs.filter((_, place) => row!.mask[place] === 0).every((logprob) => logprob === 0)).toBe(true)
  expect([row!.sample, other!.sample]).toEqual([0, 1])
  expect([row!.advantage, other!.advantage]).toEqual([1, -1])
  expect(row).toMatchObject({ group: 'g', clipLow: 0.2, clipHigh: 0.3, ...about })
})

test('every token of a proposal behind its prompt was sampled', () => {
  const [row] = rowsOfGroup(credit, [proposal, proposal].map(tokensOfProposal), { ...about, pHat: null })
  expect(TrainingRow.parse(row)).toEqual(row)
  expect(row!.mask).toEqual([0, 0, 0, ...proposal.generation.tokenIds.map(() => 1)])
  expect(row!.pHat).toBeNull()
})

test('a sample without a sampled token gives no row, and shifts no other', () => {
  const empty: SampledTokens = {
    policy: 'p',
    promptTokenIds: [1, 2],
    responseTokenIds: [],
    responseMask: [],
    responseLogprobs: [],
  }
  const rows = rowsOfGroup(credit, [empty, aRollout()], about)
  expect(rows.map(({ sample, advantage }) => [sample, advantage])).toEqual([[1, -1]])
})

test('samples that no advantage is for are a bug', () => {
  expect(() => rowsOfGroup(credit, [], about)).toThrow('g: 2 advantages for 0 samples')
})

import { iterationId, runId, sampleId, stageId, stepId, taskId } from '../../../contracts/ids.ts'
import type { TaskOutcome } from '../../../contracts/loop-records.ts'
import type { Rollout } from '../../../contracts/rollout.ts'
import type { Proposal } from '../../../contracts/task.ts'
import { rowsOf, scoreProposals, scoreSolutions, solutionReward } from '../../../core/loop/score-part.ts'
import { tokensOfProposal } from '../../../core/training/training-rows.ts'
import { recipes } from '../../../core/recipes/index.ts'
import { vote } from '../../../core/voting/vote.ts'
import { preset } from '../../support/presets.ts'
import { aGeneration } from '../../support/rollouts.ts'

const config = preset('default')
const step = stepId(stageId(iterationId(runId('tiny'), 1), 'any'), 1)
const [propose, solve] = recipes.agent0.stages.flatMap((stage) => (stage.kind === 'online-training' ? stage.parts : []))
if (propose?.kind !== 'propose' || solve?.kind !== 'solve') throw new Error('Agent0 proposes, then solves')
const size = propose.batch(config).groupSize

const proposalOf = (index: number, isWellFormed: boolean): Proposal => ({
  id: taskId(step, index),
  policy: 'p',
  promptTokenIds: [1, 2],
  generation: aGeneration(`text ${index}`),
  parsed: isWellFormed
    ? { kind: 'well_formed', question: `What is ${index} times ${index * 7}?`, ownAnswer: '1' }
    : { kind: 'malformed', problem: 'no_answer' },
})

const outcomeOf = (index: number, answers: string[], agrees: boolean[] | null = null): TaskOutcome => ({
  id: taskId(step, index),
  question: 'q',
  policy: 'p',
  label: agrees && '1',
  pHat: agrees && 0.5,
  vote: agrees === null ? vote(answers) : null,
  majorityRight: null,
  graderVersion: 2,
  samples: answers.map((answer, sample) => ({
    ending: 'answered',
    answer,
    agrees: agrees && agrees[sample]!,
    right: null,
    writtenCalls: 0,
    executedCalls: 0,
    sampledTokens: 3,
  })),
})

const rolloutOf = (index: number, sample: number): Rollout => ({
  id: sampleId(taskId(step, index), sample),
  policy: 'p',
  promptTokenIds: [1],
  responseTokenIds: [5, 6],
  responseMask: [1, 1],
  responseLogprobs: [-1, -2],
  turns: [{ text: 'a', sampledTokens: 2, finish: 'end_of_sequence', seed: 0, toolCall: null }],
  ending: 'answered',
  answer: '1',
})

const divided = ['1', '1', '2', '2']
const agreed = ['1', '1', '1', '1']

test('a proposal earns by how divided its answers are, a malformed one nothing; groups are as they were sampled', () => {
  const proposals = Array.from({ length: 2 * size }, (_, index) => proposalOf(index, index !== 0))
  const outcomes = proposals.slice(1).map((_, index) => outcomeOf(index + 1, index === 0 ? divided : agreed))
  const { tally, ...scored } = scoreProposals(config, propose, step, proposals, outcomes)
  const rows = scored.groups.flatMap((_, group) =>
    rowsOf(scored, group, proposals.slice(group * size, (group + 1) * size).map(tokensOfProposal)),
  )
  expect(rows.map(({ group, sample }) => `${group.slice(-2)} ${sample}`)).toEqual(
    Array.from({ length: 2 * size }, (_, index) => `0${Math.floor(index / size)} ${index % size}`),
  )
  // In its group the divided one stands alone above the others.
  const best = Math.max(...rows.slice(0, size).map(({ advantage }) => advantage))
  expect(rows.findIndex(({ advantage }) => advantage === best)).toBe(1)
  expect(tally.proposals).toEqual({ asked: 2 * size, wellFormed: 2 * size - 1 })
  expect(tally.reward['total']!.count).toBe(2 * size)
  expect(tally.groups).toEqual({ count: 2, zeroVariance: 1 })
})

test('a malformed proposal that was rolled out, or a well-formed one that was not, is a bug', () => {
  const proposals = Array.from({ length: size }, (_, index) => proposalOf(index, index !== 0))
  const outcomes = proposals.slice(1).map((_, index) => outcomeOf(index + 1, agreed))
  const score = (some: TaskOutcome[]) => () => scoreProposals(config, propose, step, proposals, some)
  expect(score(outcomes)).not.toThrow()
  expect(score(outcomes.slice(1))).toThrow('task-000001: expected an outcome exactly for well-formed proposals')
  expect(score([outcomeOf(0, agreed), ...outcomes])).toThrow(
    'task-000000: expected an outcome exactly for well-formed proposals',
  )
})

test('a rollout earns by agreement with the label; a group in which all agree teaches nothing', () => {
  const outcomes = [outcomeOf(0, divided, [true, true, false, false]), outcomeOf(1, agreed, [true, true, true, true])]
  const rollouts = outcomes.map((_, index) => [0, 1, 2, 3].map((sample) => rolloutOf(index, sample)))
  const rewards = outcomes.map((outcome, task) =>
    rollouts[task]!.map((rollout, sample) => solutionReward(config, solve, outcome, sample, rollout)),
  )
  const { tally, ...scored } = scoreSolutions(config, solve, outcomes, rewards)
  const rows = rollouts.flatMap((ofTask, group) => rowsOf(scored, group, ofTask))
  expect(rows.map(({ advantage }) => Math.sign(advantage))).toEqual([1, 1, -1, -1, 0, 0, 0, 0])
  expect(new Set(rows.map(({ pHat }) => pHat))).toEqual(new Set([0.5]))
  expect(tally).toMatchObject({
    groups: { count: 2, zeroVariance: 1 },
    reward: { total: { sum: 6, count: 8 } },
    proposals: { asked: 0, wellFormed: 0 },
  })
})

import { sampleId } from '../../../contracts/ids.ts'
import { TaskOutcome, type RolloutTask } from '../../../contracts/loop-records.ts'
import type { Rollout, ToolCall } from '../../../contracts/rollout.ts'
import { answerIn } from '../../../core/answers/answer-in.ts'
import { outcomeOf, pairsOfTask } from '../../../core/loop/task-outcome.ts'
import { byDecisions } from '../../../core/voting/pairs-to-compare.ts'
import { aTaskId, okVerdict } from '../../support/rollouts.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const aTask: RolloutTask = { id: aTaskId, question: 'How much?', label: null, pHat: null, truth: null }
const program = '```python\nprint(1)\n```\n'
const ran: ToolCall = { code: 'print(1)', verdict: okVerdict('1'), output: '1', outputTokens: 1 }
const notRun: ToolCall = { ...ran, verdict: { kind: 'not_run', codeLinesMax: 1 } }

function rolloutOf(answer: string | null, index: number, toolCalls: (ToolCall | null)[] = []): Rollout {
  const turns = [...toolCalls.map((toolCall) => ({ text: program, toolCall })), { text: 'end', toolCall: null }]
  return {
    id: sampleId(aTaskId, index),
    policy: 'tiny-executor-v0-00000000',
    promptTokenIds: [1],
    responseTokenIds: [],
    responseMask: [],
    responseLogprobs: [],
    turns: turns.map((turn) => ({ ...turn, sampledTokens: 5, finish: 'stop_text', seed: 0 })),
    ending: answer === null ? 'no_answer' : 'answered',
    answer,
  }
}

const rolloutsOf = (answers: (string | null)[]) => answers.map((answer, index) => rolloutOf(answer, index))

/** The outcome after a grader that holds values equal has decided just what was asked of it. */
function decided(task: RolloutTask, answers: (string | null)[]): TaskOutcome {
  const value = (text: string) => Number(text.includes('/') ? +text.split('/')[0]! / +text.split('/')[1]! : text)
  const pairs = pairsOfTask(task, answers)
  const compare = byDecisions(
    pairs,
    pairs.map(([left, right]) => (value(left) === value(right) ? 'equal' : 'different')),
  )
  return TaskOutcome.parse(outcomeOf(task, rolloutsOf(answers), compare))
}

test('without a label the answers vote; nobody agrees or is right', () => {
  const outcome = decided(aTask, ['1/2', '0.5', '3', null])
  expect(outcome.vote).toMatchObject({ label: '1/2', pHat: 0.5, abstained: 1 })
  expect(outcome.majorityRight).toBeNull()
  expect(outcome.samples.map(({ agrees, right }) => [agrees, right])).toEqual(Array(4).fill([null, null]))
})

test('with a label nobody votes; agreement is with the label and correctness with the truth, each for itself', () => {
  const outcome = decided({ ...aTask, label: '1/2', pHat: 0.4, truth: '3' }, ['0.5', '3', null])
  expect(outcome).toMatchObject({ vote: null, majorityRight: null, label: '1/2', pHat: 0.4 })
  expect(outcome.samples.map(({ agrees, right }) => [agrees, right])).toEqual([
    [true, false],
    [false, true],
    [false, false],
  ])
})

test('a majority is held against the truth; one that nobody gave is not right', () => {
  expect(decided({ ...aTask, truth: '0.5' }, ['1/2', '1/2', '3']).majorityRight).toBe(true)
  expect(decided({ ...aTask, truth: '3' }, ['1/2', '1/2', '3']).majorityRight).toBe(false)
  expect(decided({ ...aTask, truth: '3' }, [null, null])).toMatchObject({ majorityRight: false, vote: { label: null } })
})

test('every pair that an outcome asks for is among those that a grader was given', () => {
  const random = seededRandom(11)
  const spellings = ['1', '2', '0.5', '1/2', '2/4', '1.0', '4/2', 'x', 'x+1', '2^3', '', '1,000', null]
  for (let round = 0; round < 300; round++) {
    const some = () => random.pick(spellings) || null
    const answers = Array.from({ length: 1 + random.integer(8) }, some)
    const labelled = random.integer(2) === 1
    const task = { ...aTask, label: labelled ? (some() ?? '1') : null, pHat: labelled ? 0.5 : null, truth: some() }
    // Throws where the grader has not compared a pair.
    expect(decided(task, answers).samples).toHaveLength(answers.length)
  }
})

test('different integers, and equal spellings, are asked of no grader', () => {
  expect(pairsOfTask(aTask, ['1', '2', '3', ' 1 ', null])).toEqual([])
  expect(pairsOfTask({ ...aTask, label: '7', truth: '8' }, ['1', '7', '8'])).toEqual([])
  expect(pairsOfTask({ ...aTask, label: '7', truth: '8' }, ['7.5', '2^3'])).toEqual([
    ['7', '2^3'],
    ['8', '2^3'],
  ])
})

test('a pair that nobody decided is a bug', () => {
  expect(() => byDecisions([], [])('x+1', 'y')).toThrow('the grader has not compared "x+1" with "y"')
})

test('calls are counted as they were written and as they were run', () => {
  const rollouts = [rolloutOf('1', 0, [ran, notRun]), rolloutOf('1', 1)]
  const { samples } = outcomeOf(aTask, rollouts, byDecisions([], []))
  expect(
    samples.map(({ writtenCalls, executedCalls, sampledTokens }) => [writtenCalls, executedCalls, sampledTokens]),
  ).toEqual([
    [2, 1, 15],
    [0, 0, 5],
  ])
})

test('one text has one verdict: what agrees in training is what is right in an evaluation', () => {
  const texts = [
    '\\boxed{7}',
    '\\fbox{7}',
    '\\boxed{8}',
    'none',
    '\\boxed{answer}',
    '```py\n\\boxed{7}\n```\n',
    '\\boxed{2}, \\boxed{7}',
  ]
  const answers = texts.map(answerIn)
  const trained = decided({ ...aTask, label: '7', pHat: 0.5 }, answers).samples.map(({ agrees }) => agrees)
  expect(trained).toEqual([true, true, false, false, false, false, false])
  expect(decided({ ...aTask, truth: '7' }, answers).samples.map(({ right }) => right)).toEqual(trained)
})

test('calls that were meant and not understood are counted, those that ran or were cut off are not', () => {
  const turn = { sampledTokens: 5, seed: 0, toolCall: null } as const
  const written = [
    { text: '```tool_code\nprint(1)\n```\n', finish: 'end_of_sequence' },
    { text: '```python\nprint(1)', finish: 'end_of_sequence' },
    { text: '```python\nprint(1)', finish: 'length' },
    { text: 'So \\boxed{1}', finish: 'end_of_sequence' },
  ] as const
  const rollouts = written.map((one, index) => ({ ...rolloutOf('1', index), turns: [{ ...turn, ...one }] }))
  const { samples } = outcomeOf(aTask, [...rollouts, rolloutOf('1', 4, [ran])], byDecisions([], []))
  expect(samples.map(({ misreadCalls }) => misreadCalls)).toEqual([1, 1, 0, 0, 0])
})

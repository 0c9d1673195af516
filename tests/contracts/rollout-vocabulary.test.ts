import type { z } from 'zod'
import { Rollout, RolloutEvent } from '../../contracts/rollout.ts'
import { Proposal, Task } from '../../contracts/task.ts'
import { ExecutionResult } from '../../contracts/execution-result.ts'
import { Vote } from '../../contracts/vote.ts'
import { nextAction } from '../../core/rollout/next-action.ts'
import { replay } from '../../core/rollout/advance.ts'
import { vote } from '../../core/voting/vote.ts'
import {
  aGeneration,
  aStart,
  aTaskId,
  executed,
  failedVerdicts,
  generated,
  okVerdict,
  program,
} from '../support/rollouts.ts'

function finished(): Rollout {
  const journal = [
    generated(0, program('print(42)')),
    executed(0, '42'),
    generated(1, '\\boxed{42}', 'end_of_sequence'),
  ]
  const action = nextAction(replay(aStart(), journal))
  if (action.kind !== 'finish') throw new Error(`not finished: ${action.kind}`)
  return action.rollout
}

const proposal = {
  id: aTaskId,
  policy: 'tiny-curriculum-v2-0a1b2c3d',
  promptTokenIds: [1, 2],
  generation: aGeneration('x'),
}
const CARRIERS: readonly (readonly [name: string, schema: z.ZodType, value: unknown])[] = [
  ['task', Task, { id: aTaskId, question: 'What is 6*7?', ownAnswer: null }],
  ['malformed proposal', Proposal, { ...proposal, parsed: { kind: 'malformed', problem: 'no_answer' } }],
  ['proposal', Proposal, { ...proposal, parsed: { kind: 'well_formed', question: '1+1?', ownAnswer: '2' } }],
  ['rollout', Rollout, finished()],
  ['generated event', RolloutEvent, generated(0, 'hm')],
  ['executed event', RolloutEvent, executed(0, '42')],
  ['vote', Vote, vote(['42', null, '41'])],
  ['vote of nobody', Vote, vote([null])],
  ...[okVerdict('42\n'), ...failedVerdicts].map(
    (verdict) => [`verdict ${verdict.kind}`, ExecutionResult, verdict] as const,
  ),
]

test.each(CARRIERS)('%s: survives JSON unchanged', (_name, schema, value) => {
  expect(schema.parse(JSON.parse(JSON.stringify(value)))).toEqual(value)
})

test.each(CARRIERS)('%s: an unknown field is refused', (_name, schema, value) => {
  expect(schema.safeParse({ ...(value as object), surprise: 1 }).success).toBe(false)
})

test.each([
  ['fewer masks than tokens', { responseMask: [1] }],
  ['fewer logprobs than tokens', { responseLogprobs: [] }],
  ['answered without an answer', { answer: null }],
  ['an answer, but not answered', { ending: 'no_answer' }],
  ['a logprob that JSON cannot carry', { responseLogprobs: finished().responseLogprobs.map(() => -Infinity) }],
  ['the id of a task', { id: aTaskId }],
])('a rollout with %s is refused', (_name, change) => {
  expect(Rollout.safeParse({ ...finished(), ...change }).success).toBe(false)
})

test('a rollout with the former names of the response arrays is read, mixed with an unknown field it is refused', () => {
  const { responseTokenIds, responseMask, responseLogprobs, ...same } = finished()
  const former = { ...same, tokenIds: responseTokenIds, mask: responseMask, logprobs: responseLogprobs }
  expect(responseTokenIds.length).toBeGreaterThan(0)
  expect(Rollout.parse(JSON.parse(JSON.stringify(former)))).toEqual(finished())
  expect(Rollout.safeParse({ ...former, surprise: 1 }).success).toBe(false)
})

test('a generation with fewer logprobs than tokens is refused', () => {
  const event = { ...generated(0, 'hm'), generation: { ...aGeneration('hm'), logprobs: [-1] } }
  expect(RolloutEvent.safeParse(event).success).toBe(false)
})

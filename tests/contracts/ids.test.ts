import {
  iterationId,
  parseId,
  runId,
  sampleId,
  stageId,
  stepId,
  taskId,
  turnId,
  type IdParts,
} from '../../contracts/ids.ts'
import { idSchema } from '../../contracts/primitives.ts'
import { aTaskId } from '../support/rollouts.ts'

const turn = turnId(sampleId(aTaskId, 3), 1)

test('an id is the path from the run down', () => {
  expect(turn).toBe('tiny/iter-002/executor/step-0007/task-000042/sample-0003/turn-01')
})

test('every prefix of an id is an id, and its parts build it again', () => {
  const texts = turn.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'))
  const levels = texts.map((text) => {
    const parsed = parseId(text)
    return parsed.ok ? parsed.level : parsed.problem
  })
  expect(levels).toEqual(['run', 'iteration', 'stage', 'step', 'task', 'sample', 'turn'])
  const parsed = parseId(turn)
  if (!parsed.ok) throw new Error(parsed.problem)
  const parts = parsed.parts as Required<IdParts>
  const stage = stageId(iterationId(runId(parts.run), parts.iteration), parts.stage)
  const rebuilt = turnId(sampleId(taskId(stepId(stage, parts.step), parts.task), parts.sample), parts.turn)
  expect(rebuilt).toBe(turn)
})

test('the order of ids as texts is the order of their numbers', () => {
  const step = stepId(stageId(iterationId(runId('tiny'), 1), 'curation'), 0)
  const ids = [0, 2, 9, 10, 99, 100, 8000].map((index) => taskId(step, index))
  expect(ids.toSorted()).toEqual(ids)
})

test.each([
  ['', '"" is not a valid run'],
  ['Tiny', '"Tiny" is not a valid run'],
  ['tiny/iter-2', '"iter-2" is not a valid iteration'],
  ['tiny/iter-002/Executor', '"Executor" is not a valid stage'],
  ['tiny/iter-002/executor/task-0001', '"task-0001" is not a valid step'],
  ['tiny/iter-002/executor/step-00 1', '"step-00 1" is not a valid step'],
  [`${turn}/more`, '8 parts, 7 at most'],
])('%j is no id: %s', (text, problem) => {
  expect(parseId(text)).toEqual({ ok: false, problem })
})

test.each([-1, 1.5, 1000, NaN])('an iteration %d is refused, as it would break the order', (iteration) => {
  expect(() => iterationId(runId('tiny'), iteration)).toThrow('is not a valid iteration under tiny')
})

test('a name that is no run name is refused', () => {
  expect(() => runId('a/b')).toThrow('a/b is not a valid run under the root')
})

test('a schema takes ids of its own level only', () => {
  expect(idSchema('task').safeParse(aTaskId).success).toBe(true)
  expect(idSchema('task').safeParse(turn).success).toBe(false)
  expect(idSchema('task').safeParse(7).success).toBe(false)
})

import {
  adviceAtHalt,
  adviceFor,
  adviceWhileRetrying,
  failureTypes,
  type FailureType,
  nonRetryableTypes,
} from '../../contracts/errors.ts'
import { taskQueues } from '../../contracts/task-queues.ts'

test('only outages and refusals are thrown with a type', () => {
  const kinds = Object.values(failureTypes).map(({ kind }) => kind)
  expect([...new Set<string>(kinds)].toSorted()).toEqual(['outage', 'refusal'])
})

test('what asks for patience is retried, what asks for a decision is not', () => {
  expect(nonRetryableTypes).toEqual(expect.arrayContaining(['Llm.BadRequest', 'Llm.Auth', 'Agent0.Invariant']))
  expect(nonRetryableTypes).not.toContain('Llm.RateLimited')
  expect(nonRetryableTypes).not.toContain('Sandbox.SlotLost')
})

test('a failure type names its area and its case', () => {
  for (const type of Object.keys(failureTypes)) expect(type).toMatch(/^[A-Z]\w+\.[A-Z]\w+$/)
})

test('every failure type says what a person can do, in one sentence without its full stop', () => {
  for (const type of Object.keys(failureTypes) as FailureType[]) {
    expect([type, adviceFor(type)]).toEqual([type, expect.stringMatching(/^[a-z].{15,}[^.]$/)])
  }
  expect(adviceFor('Some.OtherType')).toBeNull()
  expect(adviceFor('toString')).toBeNull()
  expect(adviceWhileRetrying('Sandbox.EngineUnreachable')).toBe(
    'start Docker (systemctl start docker); the run continues by itself',
  )
})

test.each([
  ['Llm.BadRequest', /; then "agent0 retry executor", or "agent0 skip executor" to leave it out$/],
  [
    'Agent0.OtherWeights',
    /; then "agent0 retry executor" publishes the same checkpoint again, "agent0 skip executor" continues with the last published policy$/,
  ],
  [
    'Agent0.CanaryOverBound',
    /; then "agent0 retry executor" publishes .*, "agent0 skip executor" continues .*, "agent0 retry executor --accept-canary REASON" publishes it as it is$/,
  ],
  [undefined, /^fix what it names; then "agent0 retry executor"/],
])('a stage that is halted with %s names the ways that lead on', (type, ways) => {
  expect(adviceAtHalt(type, 'executor')).toMatch(ways)
})

test('each task queue has a name of its own', () => {
  const names = Object.values(taskQueues)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^agent0-/)
})

import { failureTypes, nonRetryableTypes } from '../../contracts/errors.ts'
import { taskQueues } from '../../contracts/task-queues.ts'

test('only outages and refusals are thrown with a type', () => {
  expect([...new Set<string>(Object.values(failureTypes))].toSorted()).toEqual(['outage', 'refusal'])
})

test('what asks for patience is retried, what asks for a decision is not', () => {
  expect(nonRetryableTypes).toEqual(expect.arrayContaining(['Llm.BadRequest', 'Llm.Auth', 'Agent0.Invariant']))
  expect(nonRetryableTypes).not.toContain('Llm.RateLimited')
  expect(nonRetryableTypes).not.toContain('Sandbox.SlotLost')
})

test('a failure type names its area and its case', () => {
  for (const type of Object.keys(failureTypes)) expect(type).toMatch(/^[A-Z]\w+\.[A-Z]\w+$/)
})

test('each task queue has a name of its own', () => {
  const names = Object.values(taskQueues)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^agent0-/)
})

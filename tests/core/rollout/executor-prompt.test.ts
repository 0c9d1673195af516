import { executorPrompt } from '../../../core/rollout/executor-prompt.ts'
import { preset } from '../../support/presets.ts'

test('the task stands where the template says, as it is written', () => {
  const question = String.raw`What are $& and {question}?`
  expect(executorPrompt({ ...preset('default').prompts, executor: 'a {question} b' }, question)).toBe(`a ${question} b`)
})

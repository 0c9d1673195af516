import { stopTokenIds, unknownStopTokens } from '../../../core/rollout/stop-tokens.ts'
import { limitsOf } from '../../../core/rollout/rollout-state.ts'
import { preset } from '../../support/presets.ts'

const ids = new Map([
  ['<|endoftext|>', 151643],
  ['<|im_end|>', 151645],
])
const tokenizer = { endTokenIds: [151643, 151645], controlId: (token: string) => ids.get(token) ?? null }

test('every generation ends behind what the tokenizer has, what the config lists, or the server’s own end alone', () => {
  expect(stopTokenIds({ stopTokens: 'tokenizer' }, tokenizer)).toEqual([151643, 151645])
  expect(stopTokenIds({ stopTokens: ['<|im_end|>', '<|im_end|>'] }, tokenizer)).toEqual([151645])
  expect(stopTokenIds({ stopTokens: 'none' }, tokenizer)).toEqual([])
})

test('a token that the tokenizer lacks is named', () => {
  expect(unknownStopTokens({ stopTokens: ['<|im_end|>', '<|im_ende|>'] }, tokenizer)).toEqual(['<|im_ende|>'])
  expect(unknownStopTokens({ stopTokens: 'tokenizer' }, tokenizer)).toEqual([])
})

test('a rollout knows its ends', () => {
  expect(limitsOf(preset('default').rollout, 'python', [2]).endTokenIds).toEqual([2])
})

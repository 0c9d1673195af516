import { formatReward } from '../../../core/rewards/format.ts'

const gate = { kind: 'question-and-box' } as const

test.each([
  ['a question and a box', { question: 'What is 2 + 2?', answer: '4' }, 1],
  ['an empty box: that there is one is enough', { question: 'What is 2 + 2?', answer: '' }, 1],
  ['no question', { question: null, answer: '4' }, 0],
  ['an empty question', { question: ' \n', answer: '4' }, 0],
  ['no box', { question: 'What is 2 + 2?', answer: null }, 0],
])('R_format of %s', (_what, proposal, expected) => {
  expect(formatReward(gate, proposal)).toBe(expected)
})

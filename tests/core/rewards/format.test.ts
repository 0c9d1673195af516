import { parseProposal } from '../../../core/answers/parse-proposal.ts'
import { formatReward } from '../../../core/rewards/format.ts'

const gate = { kind: 'question-and-box' } as const

test.each([
  ['a question and a box', '<question>What is 2 + 2?</question> \\boxed{4}', 1],
  ['an empty box', '<question>What is 2 + 2?</question> \\boxed{ }', 0],
  ['no question', '\\boxed{4}', 0],
  ['an empty question', '<question> \n</question> \\boxed{4}', 0],
  ['no box', '<question>What is 2 + 2?</question> 4', 0],
])('R_format of %s', (_what, text, expected) => {
  expect(formatReward(gate, parseProposal(text))).toBe(expected)
})

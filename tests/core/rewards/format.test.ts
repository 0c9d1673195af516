import { parseProposal } from '../../../core/answers/parse-proposal.ts'
import { fittingProposal, formatReward, gatedProposal } from '../../../core/rewards/format.ts'

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

test('in the tiny world R_format asks for a sentence of the grammar that has a value, and what it refuses is malformed', () => {
  const tiny = { kind: 'tiny-world-grammar' } as const
  const proposal = (question: string) => parseProposal(`<question>${question}</question>\n\\boxed{4}`)
  const chain = proposal('Let x=48. Then add 7. What is x?')
  expect(formatReward(tiny, chain)).toBe(1)
  expect(gatedProposal(tiny, chain)).toBe(chain)
  for (const question of ['Let x=48. Then add. What is x?', 'Let x=48. Then take the remainder by 0. What is x?']) {
    expect(formatReward(gate, proposal(question))).toBe(1)
    expect(formatReward(tiny, proposal(question))).toBe(0)
    expect(gatedProposal(tiny, proposal(question))).toEqual({ kind: 'malformed', problem: 'outside_grammar' })
  }
  expect(gatedProposal(tiny, parseProposal('Let x=48. What is x?'))).toMatchObject({ problem: 'no_question' })
})

test('a question that no prompt could hold is malformed, however few tokens it has', () => {
  const proposal = (question: string) => parseProposal(`<question>${question}</question> \\boxed{4}`)
  const long = proposal(`What is x?${' '.repeat(128 * 300)}.`)
  expect(fittingProposal(2_048, long)).toEqual({ kind: 'malformed', problem: 'question_too_long' })
  const short = proposal('What is x? '.repeat(2_000))
  expect(fittingProposal(2_048, short)).toBe(short)
})

import { parseProposal } from '../../../core/answers/parse-proposal.ts'

const wellFormed = (question: string, ownAnswer: string) => ({ kind: 'well_formed', question, ownAnswer })

test.each([
  ['a question and a box', '<question> 1+1? </question>\n\\boxed{2}', wellFormed('1+1?', '2')],
  ['the last question', '<question>a</question> <question>b</question> \\boxed{2}', wellFormed('b', '2')],
  [
    'a truncated last question hides no earlier one',
    '<question>a</question>\\boxed{2}<question>b',
    wellFormed('a', '2'),
  ],
  ['a stray closing tag', '<question>a</question> </question>\\boxed{2}', wellFormed('a', '2')],
  ['a nested opening tag', '<question>a <question>b</question>\\boxed{2}', wellFormed('b', '2')],
  ['a box before the question', '\\boxed{2} <question>a</question>', wellFormed('a', '2')],
  ['the box behind the question counts first', '\\boxed{1}<question>a</question>\\boxed{2}', wellFormed('a', '2')],
])('well formed: %s', (_name, text, parsed) => {
  expect(parseProposal(text)).toEqual(parsed)
})

test.each([
  ['no_question', ''],
  ['no_question', 'a</question> \\boxed{2}'],
  ['unclosed_question', '<question>a \\boxed{2}'],
  ['unclosed_question', '</question><question>a'],
  ['empty_question', '<question> </question> \\boxed{2}'],
  ['no_answer', '<question>a</question>'],
  ['no_answer', '<question>a \\boxed{2}</question>'],
  ['no_answer', '<question>a</question> \\boxed{2'],
])('malformed, %s: %s', (problem, text) => {
  expect(parseProposal(text)).toEqual({ kind: 'malformed', problem })
})

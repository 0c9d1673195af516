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
  ['no_answer', '<question>What is 1+1?</question>\n\\boxed{final_answer}'],
  ['no_answer', '<question>What is 1+1?</question>\n```python\nprint("\\boxed{2}")\n```'],
  ['echo', '<question>{The full problem statement}</question>\n\\boxed{final_answer}'],
  ['echo', '<question>\nthe whole problem\n</question>\n\\boxed{5}'],
  ['echo', '<question>...</question>\n\\boxed{5}'],
  ['no_question', '<Question>a</Question> \\boxed{2}'],
])('malformed, %s: %s', (problem, text) => {
  expect(parseProposal(text)).toEqual({ kind: 'malformed', problem })
})

test('an example of the prompt is no proposal, however it is set; a question with its words is one', () => {
  const prompt = 'For example:\n<question>\nWhat is 2 + 3?\n</question>\n\\boxed{5}\nNow write one.'
  const proposal = (question: string) => parseProposal(`<question>${question}</question>\\boxed{5}`, prompt)
  expect(proposal('What is  2 + 3?')).toEqual({ kind: 'malformed', problem: 'echo' })
  expect(proposal('**what is 2 + 3**')).toEqual({ kind: 'malformed', problem: 'echo' })
  expect(proposal('What is 2 + 3 + 4?').kind).toBe('well_formed')
  expect(proposal('What is 2 * 3?').kind).toBe('well_formed')
})

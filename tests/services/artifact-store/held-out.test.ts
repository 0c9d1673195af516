import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { referenceProblem } from '../../../contracts/held-out.ts'
import { readHeldOut } from '../../../services/artifact-store/held-out.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const folder = temporaryFolder()
let files = 0

/** A file with these lines; a text stands as it is. */
function fileOf(lines: readonly (object | string)[]): string {
  const path = join(folder, `${files++}.jsonl`)
  writeFileSync(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'))
  return path
}

const tasks = [
  { id: 'a', question: 'What is 1+1?', answer: '2' },
  { id: 7, question: 'What is 7?', answer: 'see solution' },
  { question: 'What is 8?', answer: 8 },
]
const answersOf = async (file: string, corrections?: string) =>
  (await readHeldOut(file, corrections)).map(({ answer }) => answer)

test.each([
  ['  ', 'is blank'],
  ['see solution', 'stands for an answer'],
  ['See the explanation above.', 'stands for an answer'],
  ['...', 'stands for an answer'],
  ['Answers will vary.', 'stands for an answer'],
  ['N/A', 'stands for an answer'],
  ['Proof.', 'stands for an answer'],
  ['\\frac{1}{2', 'is cut: a "{"'],
  ['1}', 'is cut: a "}"'],
  ['$221,$8$', 'is cut: a "$"'],
  ['\\begin{pmatrix} 1 & 2', 'is cut: a \\begin'],
  ['\\begin{tabular}{c} 1 \\end{tabular}', 'is a layout'],
  ['\\boxed{5}', 'is still in its box'],
  ['First we add the two numbers. '.repeat(6), 'is a text of 36 words'],
])('a reference that cannot be read says why: %j %s', (answer, problem) => {
  expect(referenceProblem(answer)).toContain(problem)
})

test.each([
  '2',
  'A',
  'unknown',
  'No solution',
  '$5',
  '\\$5.50',
  '(0,4]',
  '\\{1, 2\\}',
  '\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}',
  '\\frac{1}{2}\\text{ of the class}',
  'Solution A',
  3.5,
])('a reference that can be read has no problem: %j', (answer) => {
  expect(referenceProblem(answer)).toBeNull()
})

test('a file with such a reference is refused with line and reason, blank lines counted', async () => {
  await expect(readHeldOut(fileOf([tasks[0]!, '', ...tasks.slice(1)]))).rejects.toMatchObject({
    type: 'Agent0.BadConfig',
    nonRetryable: true,
    message: expect.stringMatching(
      /\d+\.jsonl, line 3: the answer stands for an answer and is none; .*corrections/,
    ) as string,
  })
})

test('what a file is known to have wrong is put right by its id, or left out', async () => {
  const blank = fileOf([{ id: 1, question: 'What is 3?', answer: '' }])
  await expect(readHeldOut(blank)).rejects.toThrow(/line 1: the answer is blank/)
  expect(await answersOf(blank, fileOf([{ id: 1, answer: '3' }]))).toEqual(['3'])
  const file = fileOf(tasks)
  expect(await answersOf(file, fileOf([{ id: 7, answer: '7', reason: 'read in the source' }]))).toEqual(['2', '7', 8])
  expect(await answersOf(file, fileOf([{ id: '7', leaveOut: true }]))).toEqual(['2', 8])
})

test.each([
  ['a correction of no task', [{ id: 'b', answer: '3' }], /line 1: no task has the id b/],
  [
    'two of one task',
    [
      { id: 7, answer: '7' },
      { id: '7', leaveOut: true },
    ],
    /line 2: 7 is corrected twice/,
  ],
  ['something else', [{ id: 7 }], /line 1: an object with "id", and "answer" or "leaveOut": true, is needed/],
  ['one that cannot be read either', [{ id: 7, answer: '?' }], /line 2: the answer stands for an answer/],
])('%s is refused with its line', async (_name, lines, message) => {
  await expect(readHeldOut(fileOf(tasks), fileOf(lines))).rejects.toThrow(message)
})

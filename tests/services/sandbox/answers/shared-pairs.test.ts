import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { judge, pairsIn } from '../../../../bench/answers.ts'
import { besideCheckout, gradeOnHost } from '../../../support/host-grader.ts'

jest.setTimeout(120_000)

const gradingFolder = besideCheckout('grading')
const benchmarkFolder = besideCheckout('benchmarks')
/** Whoever has no shared data beside the checkout is told so. */
const hint = (folder: string | undefined) => (folder === undefined ? ' (NOT RUN, because the data is not here)' : '')

const onHost = { compare: async (pairs: readonly (readonly [string, string])[]) => gradeOnHost(pairs) }

test(`of the labelled pairs at least 99 % are right, and none is merged that is not${hint(gradingFolder)}`, async () => {
  const pairs = gradingFolder === undefined ? [] : pairsIn(gradingFolder)
  expect(pairs.length > 800).toBe(gradingFolder !== undefined)
  const judged = await judge(pairs, onHost)
  const wrong = judged.filter(({ right, equal }) => right !== equal)
  expect(wrong.filter(({ equal }) => equal)).toEqual([])
  expect(wrong.length).toBeLessThanOrEqual(judged.length / 100)
})

/** The same answer, written otherwise. */
const REFORMATTED: readonly ((answer: string) => string)[] = [
  (answer) => answer.replace(/\\frac(?![a-zA-Z])/g, '\\dfrac'),
  (answer) => ` ${answer} `,
  (answer) => (answer.includes('$') ? answer : `$${answer}$`),
  (answer) => `${answer}.`,
  (answer) => (/^[\d,]+$/.test(answer) ? answer : answer.replaceAll(',', ', ')),
  (answer) => (/[\\]/.test(answer) ? answer.replaceAll('{', '{ ').replaceAll('}', ' }') : answer),
  (answer) => (/[([].*[\])]/.test(answer) && !answer.includes('\\left') ? sized(answer) : answer),
  (answer) => `\\boxed{${answer}}`,
  (answer) => `\\displaystyle ${answer}`,
  (answer) => answer.replace(/(?<=[\d}]) ?([+=]) ?(?=[\d\\])/g, ' $1 '),
]

const balanced = (text: string) => text.split(/[([]/).length === text.split(/[)\]]/).length
const sized = (text: string) =>
  balanced(text) && /[\\^]/.test(text) && !/\\sqrt\[|begin/.test(text)
    ? text.replace(/[([]/g, '\\left$&').replace(/[)\]]/g, '\\right$&')
    : text

/** The references of the benchmarks. */
function keysIn(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl') && name !== 'quirks.jsonl')
  return files.flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { answer: string }).answer),
  )
}

test(`every key of the benchmarks is itself after it was written otherwise${hint(benchmarkFolder)}`, async () => {
  const keys = benchmarkFolder === undefined ? [] : keysIn(benchmarkFolder)
  const pairs = [...new Set(keys)].flatMap((key) =>
    REFORMATTED.map((reformat) => [key, reformat(key)] as const).filter(([, other]) => other !== key),
  )
  expect(pairs.length > 5_000).toBe(benchmarkFolder !== undefined)
  const decisions = await gradeOnHost(pairs)
  expect(pairs.filter((_, index) => decisions[index] !== 'equal').map((pair) => pair.join(' ~ '))).toEqual([])
})

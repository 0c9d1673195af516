import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { judge, pairsIn } from '../../../../bench/answers.ts'
import { besideCheckout, gradeOnHost } from '../../../support/host-grader.ts'

jest.setTimeout(120_000)

const gradingFolder = besideCheckout('grading')
const benchmarkFolder = besideCheckout('benchmarks')
/** Whoever has no folder of shared data beside the checkout is told so. */
function testOn(folder: string | undefined, name: string, check: (folder: string) => Promise<void>): void {
  const missing = `NOT RUN, because there is no shared data beside this checkout: ${name}`
  if (folder !== undefined) test(name, () => check(folder))
  else test(missing, () => expect(besideCheckout('grading')).toBeUndefined())
}

const onHost = { compare: async (pairs: readonly (readonly [string, string])[]) => gradeOnHost(pairs) }

testOn(
  gradingFolder,
  'of the labelled pairs at least 99 % are right, and none is merged that is not',
  async (folder) => {
    const judged = await judge(pairsIn(folder), onHost)
    const wrong = judged.filter(({ right, equal }) => right !== equal)
    expect(wrong.filter(({ equal }) => equal)).toEqual([])
    expect(wrong.length).toBeLessThanOrEqual(judged.length / 100)
  },
)

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

testOn(benchmarkFolder, 'every key of the benchmarks is itself after it was written otherwise', async (folder) => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl') && name !== 'quirks.jsonl')
  const keys = files.flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { answer: string }).answer),
  )
  const pairs = [...new Set(keys)].flatMap((key) =>
    REFORMATTED.map((reformat) => [key, reformat(key)] as const).filter(([, other]) => other !== key),
  )
  expect(pairs.length).toBeGreaterThan(5_000)
  const decisions = await gradeOnHost(pairs)
  expect(pairs.filter((_, index) => decisions[index] !== 'equal').map((pair) => pair.join(' ~ '))).toEqual([])
})

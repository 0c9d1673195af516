import { ANSWER_RULES, type AnswerRules } from '../../../../contracts/answer-rules.ts'
import { plainValue } from '../../../../core/answers/plain-value.ts'
import { byDecisions, needsGrader } from '../../../../core/voting/pairs-to-compare.ts'
import { gradeOnHost, keysOnHost } from '../../../support/host-grader.ts'
import { seededRandom, type SeededRandom } from '../../../support/seeded-random.ts'
import { DIFFERENT, EQUAL } from '../equivalence-pairs.ts'
import { REPORTED } from './reported-pairs.ts'

jest.setTimeout(120_000)

const PIECES =
  '0 1 7 12 007 123 1,234 1,000,000 . .5 2.50 / - + \\frac{ \\dfrac{ }{ } { ( ) A B J a e i x $ yes No red north mod real set sin pi and e5 % cm \\text{ \\ ! , ^ _ ='.split(
    ' ',
  )
const WORDS = ['blue', 'North', 'east', 'no', 'Monday', 'and', 'sin', 'set', 'all', 'real', 'numbers', 'at', 'infinity']

function randomAnswer(random: SeededRandom): string {
  const digits = () => String(random.integer(random.pick([3, 20, 2000, 10 ** 9])))
  const made = [
    () => `${random.pick(['', '-', '+'])}${digits()}`,
    () => `${random.pick(['', '-'])}${digits()}.${digits()}`,
    () => `${random.pick(['', '-'])}${digits()}/${digits()}`,
    () => `${random.pick(['', '-'])}\\${random.pick(['', 'd', 't'])}frac{${digits()}}{${digits()}}`,
    () => Array.from({ length: 1 + random.integer(4) }, () => random.pick(WORDS)).join(' '),
    () => Array.from({ length: 1 + random.integer(4) }, () => random.pick(PIECES)).join(random.pick(['', ' '])),
  ]
  const text = random.pick(made)()
  return random.pick([text, ` ${text}`, `$${text}$`, `\\text{${text}}`, text])
}

const random = seededRandom(18)
const ANSWERS = [
  ...Array.from({ length: 20_000 }, () => randomAnswer(random)),
  ...[...EQUAL, ...DIFFERENT].flat(),
  ...REPORTED.split('\n').flatMap((line) => line.slice(2).split(' ~ ')),
]

test('an answer that is read in process has the key that the grader gives it', async () => {
  const plain = [...new Set(ANSWERS)].filter((answer) => plainValue(answer) !== null)
  expect(plain.length).toBeGreaterThan(6_000)
  const keys = await keysOnHost(plain)
  const other = plain.flatMap((answer, index) => {
    const own = plainValue(answer)!.key
    return own === keys[index] ? [] : [`${answer}: ${own}, ${keys[index]}`]
  })
  expect(other).toEqual([])
})

test.each<AnswerRules>([
  ANSWER_RULES,
  { ...ANSWER_RULES, decimals: 'close', letters: 'uncased' },
  { percent: 'hundredth', units: 'required', decimals: 'exact', letters: 'uncased' },
])('two answers that are compared in process come out as the grader has them: %p', async (rules) => {
  const plain = [...new Set(ANSWERS)].filter((answer) => plainValue(answer) !== null)
  const pairs = Array.from({ length: 6_000 }, () => [random.pick(plain), random.pick(plain)] as const)
  const decided = pairs.filter(([left, right]) => !needsGrader(left, right, rules))
  expect(decided.length).toBeGreaterThan(2_000)
  const grades = await gradeOnHost(decided, rules)
  const inProcess = byDecisions([], [], rules)
  const other = decided.flatMap(([left, right], index) => {
    const verdict = inProcess(left, right)
    return verdict === grades[index] ? [] : [`${left} ~ ${right}: ${verdict}, ${grades[index]}`]
  })
  expect(other).toEqual([])
})

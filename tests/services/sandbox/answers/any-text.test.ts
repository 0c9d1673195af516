import { gradeOnHost } from '../../../support/host-grader.ts'
import { seededRandom } from '../../../support/seeded-random.ts'
import { REPORTED } from './reported-pairs.ts'

jest.setTimeout(120_000)

const PIECES =
  '\\frac{ \\frac \\sqrt{ \\sqrt[ ] { } ( ) [ \\{ \\} \\left( \\right) 0 1 12 0.5 1,234 x n e i \\pi + - * / ^ _ ^{ _{ ! | , ; : = < > \\le \\in \\cup \\setminus \\infty \\text{ cm % \\% $ \\$ ^\\circ \\pm \\sum_{k=1}^{ \\int_ \\lfloor \\rfloor \\binom{ \\log_ \\sin \\begin{pmatrix} \\end{pmatrix} & \\\\ \\ldots and or \\pmod \\overline{ \\boxed{ ~ \\, . \' " @ # é 😀 is eggs base (A) \\mid \\ud800 9^{9^{9^9}}'.split(
    ' ',
  )
const GOOD = REPORTED.split('\n').flatMap((line) => line.slice(2).split(' ~ '))

test('any two texts are compared, and the same in both orders', async () => {
  const random = seededRandom(21)
  const noise = () =>
    Array.from({ length: 1 + random.integer(12) }, () => random.pick(PIECES)).join(random.pick(['', ' ']))
  const mutated = () => {
    const text = random.pick(GOOD)
    const at = random.integer(text.length + 1)
    return text.slice(0, at) + random.pick(PIECES) + text.slice(at + random.integer(2))
  }
  const pairs = Array.from({ length: 4_000 }, () => {
    const left = random.pick([noise, mutated])()
    return [left, random.pick([() => random.pick(GOOD), mutated])()] as const
  })
  const decisions = await gradeOnHost(pairs)
  const mirrored = await gradeOnHost(pairs.map(([left, right]) => [right, left]))
  expect(decisions).toHaveLength(pairs.length)
  expect(pairs.filter((_, index) => decisions[index] !== mirrored[index])).toEqual([])
  expect(new Set(decisions)).toEqual(new Set(['equal', 'different', 'undecided']))
})

test('a text is equal to itself, whatever it is', async () => {
  const random = seededRandom(22)
  const texts = Array.from({ length: 2_000 }, () =>
    Array.from({ length: 1 + random.integer(8) }, () => random.pick(PIECES)).join(''),
  )
  const pairs = texts.map((text) => [text, ` ${text}`] as const)
  const decisions = await gradeOnHost(pairs)
  expect(pairs.filter((_, index) => decisions[index] !== 'equal')).toEqual([])
})

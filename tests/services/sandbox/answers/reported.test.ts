import { ANSWER_RULES } from '../../../../contracts/answer-rules.ts'
import { gradeOnHost } from '../../../support/host-grader.ts'
import { DIFFERENT, EQUAL } from '../equivalence-pairs.ts'
import { REPORTED } from './reported-pairs.ts'

jest.setTimeout(120_000)

type Row = readonly [sign: string, left: string, right: string]

const ROWS: Row[] = REPORTED.trim()
  .split('\n')
  .map((line) => {
    const [left, right] = line.slice(2).split(' ~ ')
    return [line[0]!, left!, right!]
  })

/** The rows that come out otherwise than they are marked. */
async function wrong(rows: readonly Row[], rules = ANSWER_RULES): Promise<string[]> {
  const decisions = await gradeOnHost(
    rows.map(([, left, right]) => [left, right]),
    rules,
  )
  return rows.flatMap(([sign, left, right], index) =>
    (decisions[index] === 'equal') === (sign === '=') ? [] : [`${sign} ${left} ~ ${right}: ${decisions[index]}`],
  )
}

const mirrored = (rows: readonly Row[]) => rows.map(([sign, left, right]): Row => [sign, right, left])

test('every reported pair has its right verdict, in both orders', async () => {
  expect(ROWS.length).toBeGreaterThan(160)
  expect(await wrong(ROWS)).toEqual([])
  expect(await wrong(mirrored(ROWS))).toEqual([])
})

test('the usual pairs too', async () => {
  const rows = [
    ...EQUAL.map(([left, right]): Row => ['=', left, right]),
    ...DIFFERENT.map(([left, right]): Row => ['#', left, right]),
  ]
  expect(await wrong(rows)).toEqual([])
})

test.each<[name: string, rules: object, rows: Row[]]>([
  [
    'percent: hundredth',
    { percent: 'hundredth' },
    [
      ['=', '50%', '0.5'],
      ['=', '12.5\\%', '1/8'],
      ['#', '50%', '50'],
      ['#', '50%', '0.05'],
      ['=', '50%', '50 percent'],
    ],
  ],
  [
    'units: required',
    { units: 'required' },
    [
      ['#', '10 cm', '10'],
      ['=', '10 cm', '10\\text{ cm}'],
      ['#', '\\$5', '5'],
    ],
  ],
  [
    'decimals: close',
    { decimals: 'close' },
    [
      ['=', '1.41421', '\\sqrt{2}'],
      ['=', '0.33333', '1/3'],
      ['#', '0.3', '1/3'],
      ['#', '7', '8'],
      ['#', '\\frac{1}{2^{99}}', '\\frac{1}{2^{98}}'],
    ],
  ],
  [
    'letters: uncased',
    { letters: 'uncased' },
    [
      ['=', 'A', 'a'],
      ['#', 'A', 'b'],
    ],
  ],
])('by other rules: %s', async (_name, changed, rows) => {
  const rules = { ...ANSWER_RULES, ...changed }
  expect(await wrong(rows, rules)).toEqual([])
  expect(await wrong(mirrored(rows), rules)).toEqual([])
})

test('endless digits and towers of powers are undecided or different, and the others of the batch are decided', async () => {
  const zeros = `1${'0'.repeat(900)}`
  const hard: (readonly [string, string])[] = [
    [zeros, `${zeros}0`],
    ['9^{9^{9^9}}', '9^{9^{9^8}}'],
    ['2^{20000}', '2^{20001}'],
    ['\\sum_{k=1}^{10^9} \\frac{1}{k^2}', '\\frac{\\pi^2}{6}'],
    ['(x+1)^{500}', 'x^{500}+1'],
    ['((((10^{10})!)!)!)', '7'],
    ['10^{10^{10^{10}}}', '\\cosh(10^{100})'],
  ]
  const decisions = await gradeOnHost(hard.flatMap((pair) => [pair, ['1/4', '0.25'] as const]))
  expect(decisions.filter((_, index) => index % 2 === 1)).toEqual(hard.map(() => 'equal'))
  expect(decisions.filter((_, index) => index % 2 === 0)).not.toContain('equal')
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatNumber, formatSeries, textBars, verdictSentence } from '../../report/format.ts'
import { statusSentence } from '../../report/status-sentence.ts'
import { textReport } from '../../report/text-report.ts'
import { reportOf } from '../../core/report/run-report.ts'
import { runArtifacts } from '../support/run-artifacts.ts'

test('the report of a finished run, as a whole', () => {
  expect(`${textReport(reportOf(runArtifacts(3)))}\n`).toBe(readFileSync(join(__dirname, 'made-up-run.txt'), 'utf8'))
})

test.each([
  ['share', 0.3333, '33.3 %'],
  ['share', 0, '0.0 %'],
  ['share', 0.000_42, '0.04 %'],
  ['mean', 1.654, '1.65'],
  ['count', 1_234_567, '1,234,567'],
  ['nats', 0.000_512, '5.1e-4'],
  ['nats', 0, '0'],
  ['seconds', 12.34, '12.3 s'],
  ['seconds', 7_500, '2 h 5 min'],
  ['number', -0.0413, '-0.041'],
  ['mean', null, '–'],
] as const)('a %s of %s is written %s', (unit, value, text) => {
  expect(formatNumber(unit, value)).toBe(text)
})

test('a series says its unit once, and where nothing is known', () => {
  expect(formatSeries('share', [null, 0.64, 0.585])).toBe('– → 64.0 → 58.5 %')
})

test.each([
  [[0, 1, 4, 8], '·▂▅█'],
  [[3, 3], '██'],
  [[0, 1000, 1], '·█▁'],
  [[0, 0], '–'],
  [[], '–'],
])('bars of %j: a dot is none, and something is never drawn as none', (counts, bars) => {
  expect(textBars(counts)).toBe(bars)
})

test('a verdict names its numbers whichever way it went', () => {
  const gain = { claim: 'held-out-rises', holds: true, values: [0.333, 0.61] } as const
  expect(verdictSentence({ ...gain, values: [...gain.values] })).toContain('rises (33.3 → 61.0 %, +27.7 points)')
  expect(verdictSentence({ claim: 'held-out-rises', holds: false, values: [0.4, 0.3] })).toContain(
    'does not rise (40.0 → 30.0 %, −10.0 points)',
  )
  expect(verdictSentence({ claim: 'tool-calls-rise', holds: null, values: [] })).toContain('too few numbers to say')
})

test.each([
  [null, 'Not finished: not even the base model is evaluated yet.'],
  [0, 'Not finished: only the base model is evaluated; these are the numbers so far.'],
  [1, 'Not finished: iteration 1 of 3 is over; these are the numbers so far.'],
  [3, 'Finished: the base model and 3 iterations.'],
])('a run that has come to %s says so', (last, sentence) => {
  const report = reportOf(runArtifacts(last))
  expect(statusSentence(report)).toBe(sentence)
  expect(textReport(report)).toContain(sentence)
})

test('an iteration under way tells how many training steps it has taken', () => {
  const artifacts = runArtifacts(2)
  const underWay = { ...artifacts, iterations: artifacts.iterations.slice(0, 2) }
  expect(statusSentence(reportOf(underWay))).toContain('The next one has taken 8 training steps so far.')
})

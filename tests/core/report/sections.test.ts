import { sectionsOf } from '../../../core/report/sections.ts'
import type { Numbers } from '../../../core/report/section.ts'
import { runArtifacts } from '../../support/run-artifacts.ts'

const { config, iterations } = runArtifacts(3)
const sections = sectionsOf(iterations, config)
const numbersOf = (from = sections) =>
  from.flatMap(({ rows }) => rows.filter((row): row is Numbers => row.kind === 'numbers'))

/** Every number in a value of any depth. */
function leaves(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return value === null || typeof value !== 'object' ? [] : Object.values(value).flatMap(leaves)
}

test('every number of a summary stands in some table', () => {
  for (const [column, { summary }] of iterations.entries()) {
    const { iteration: _, pHatHistogram, ...measured } = summary
    const shown = numbersOf().flatMap(({ values }) => values[column] ?? [])
    expect(leaves(measured).filter((number) => !shown.includes(number))).toEqual([])
    const histograms = sections.flatMap(({ rows }) => rows.flatMap((row) => (row.kind === 'histogram' ? [row] : [])))
    expect(histograms.map(({ counts }) => counts[column])).toEqual([pHatHistogram])
  }
})

test('every row has a value per iteration, and no two of a table share a name', () => {
  for (const { rows } of sections) {
    for (const row of rows) expect(row.kind === 'numbers' ? row.values : row.counts).toHaveLength(iterations.length)
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length)
  }
})

test('of the base model only its evaluation is known', () => {
  const known = numbersOf().filter(({ values: [base] }) => base !== null)
  expect(known.map(({ name }) => name)).toEqual([
    'mean@10',
    'maj@10',
    'evaluation',
    'all stages',
    'evaluation',
    'all stages',
    'evaluation',
    'all stages',
    'evaluation',
    'all stages',
    'rolloutTask: no heartbeat',
    'all',
  ])
})

test("the paper's values stand in the columns of their iterations, as far as the run has come", () => {
  const papers = (last: number) =>
    Object.fromEntries(
      numbersOf(sectionsOf(runArtifacts(last).iterations, config)).map(({ name, paper }) => [name, paper]),
    )
  expect(papers(3)).toMatchObject({
    'mean@10': [0.532, 0.551, 0.565, 0.582],
    'tool calls per rollout': [null, 1.65, 2.1, 2.6],
    'label agreement': [null, 0.64, 0.585, 0.51],
    kept: null,
  })
  expect(papers(1)['tool calls per rollout']).toEqual([null, 1.65])
  // Nothing to compare with: no empty column.
  expect(papers(0)['tool calls per rollout']).toBeNull()
})

test('a pool that dropped nothing for a reason says 0, and an iteration without a pool says nothing', () => {
  const [base, first, second, third] = iterations
  const others = { ...second!, summary: { ...second!.summary, dropped: { malformed: 1 } } }
  const rows = numbersOf(sectionsOf([base!, first!, others, third!], config))
  expect(rows.find(({ name }) => name === 'dropped: below-band')!.values).toEqual([null, 25, 0, 25])
})

test('costs that were not counted are unknown, not zero', () => {
  const before = iterations.map((record) => ({ ...record, sampledTokens: {} }))
  const cost = sectionsOf(before, config).find(({ title }) => title === 'Sampled tokens')!
  expect(numbersOf([cost]).map(({ name, values }) => [name, values])).toEqual([
    ['all stages', [null, null, null, null]],
  ])
})

test('of all stages the longer ones weigh more: busy time of all by wall time of all', () => {
  const [base, first] = iterations
  const serverUse = {
    curation: { busySeconds: 90, wallSeconds: 90 },
    executor: { busySeconds: 0, wallSeconds: 10 },
    evaluation: { busySeconds: 0, wallSeconds: 0 },
  }
  const tables = sectionsOf(
    [
      { ...base!, serverUse: {} },
      { ...first!, serverUse },
    ],
    config,
  )
  const use = tables.find(({ title }) => title.startsWith('Model servers busy'))!
  expect(numbersOf([use]).map(({ name, values }) => [name, values])).toEqual([
    ['curation', [null, 1]],
    ['executor', [null, 0]],
    ['evaluation', [null, null]],
    ['all stages', [null, 0.9]],
  ])
})

test('all stages is the sum of the stages', () => {
  const cost = sections.find(({ title }) => title === 'Sampled tokens')!
  const [total, ...stages] = numbersOf([cost])
    .map(({ values }) => values)
    .toReversed()
  for (const column of iterations.keys()) {
    expect(stages.reduce((sum, values) => sum + (values[column] ?? 0), 0)).toBe(total![column])
  }
})

test('stages stand in the order of the recipe, though the base model has only the last', () => {
  const cost = sections.find(({ title }) => title === 'Wall time')!
  expect(cost.rows.map(({ name }) => name)).toEqual(['curriculum', 'curation', 'executor', 'evaluation', 'all stages'])
})

test('the overhead of all stages is that of all their slots together', () => {
  const overheads = sections.find(({ title }) => title === 'Orchestration overhead')!
  const rows = Object.fromEntries(numbersOf([overheads]).map(({ name, values }) => [name, values[1]]))
  // Of 1,020, 2,020, 3,020 and 4,020 s of slots, 900, 1,800, 2,700 and 3,600 were at work.
  expect(rows['curriculum']).toBeCloseTo(120 / 1_020, 10)
  expect(rows['all stages']).toBeCloseTo((120 + 220 + 320 + 420) / (1_020 + 2_020 + 3_020 + 4_020), 10)
})

test('an iteration without a fault says 0, and one that was recorded before faults were counted says nothing', () => {
  const [base, ...others] = iterations
  const faults = sectionsOf([{ ...base!, work: {} }, ...others], config).find(
    ({ title }) => title === 'Faults survived',
  )!
  expect(numbersOf([faults]).map(({ name, values }) => [name, values])).toEqual([
    ['rolloutTask: no heartbeat', [null, 0, 3, 0]],
    ['all', [null, 0, 3, 0]],
  ])
})

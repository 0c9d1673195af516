import { budgetText } from '../../../cli/runs/budget-text.ts'
import { budgetOf } from '../../../core/loop/budget.ts'
import { preset } from '../../support/presets.ts'

const text = (options: { bound?: number | 'none'; tokensPerSecond?: number } = {}) =>
  budgetText(budgetOf(preset('default'), 300), { iterations: 3, bound: 'none', ...options })

test('every stage, an iteration and the run have a row', () => {
  for (const row of [
    'base model',
    '  curriculum',
    '  curation',
    '  executor',
    '  evaluation',
    'an iteration',
    'the run, 3 iterations',
  ])
    expect(text()).toMatch(new RegExp(`^${row} +[\\d,]+ +[\\d,]+ +[\\d,]+ +[\\d,]+ +[\\d,]+$`, 'm'))
})

test('hours are named only where a rate is given', () => {
  expect(text()).not.toMatch(/ h /)
  expect(text({ tokensPerSecond: 1_000 })).toMatch(/Sampling at 1,000 tokens\/s takes at most [\d.e+]+ h/)
})

test('a bound of the config that comes first is named', () => {
  expect(text({ bound: 1_000 })).toContain('the run waits after 1,000 sampled tokens')
  expect(text({ bound: 1e15 })).not.toContain('the run waits')
})

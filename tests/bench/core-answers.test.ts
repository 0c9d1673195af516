import { benchAnswers } from '../../bench/core-answers.ts'

test('the bench of answers gives figures above zero, each with its unit', () => {
  const figures = benchAnswers(5)
  expect(figures.map(({ unit }) => unit)).toEqual(['MB/s', 'ms', 'ms', 'votes/s'])
  for (const { value } of figures) expect(value).toBeGreaterThan(0)
})

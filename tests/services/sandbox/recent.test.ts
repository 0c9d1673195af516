import { Recent } from '../../../services/sandbox/recent.ts'

test('before there is a value, quantiles are zero', () => {
  expect(new Recent().quantiles()).toEqual({ p50: 0, p95: 0 })
})

test('the last 1,000 values count, older ones do not', () => {
  const recent = new Recent()
  for (let value = 1; value <= 2_000; value++) recent.add(value)
  expect(recent.quantiles()).toEqual({ p50: 1_500, p95: 1_950 })
})

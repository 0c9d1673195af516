import { exp, log, sum } from '../../../../core/rewards/repetition/exact-math.ts'

// The doubles nearest to the true values (computed with 200 bits). Math.log and Math.exp miss each by one unit.
test.each([
  [4 / 13, -1.1786549963416462],
  [5 / 13, -0.9555114450274363],
  [55 / 89, -0.48130318449966897],
  [73 / 108, -0.3916717859758286],
])('ln %d is the nearest double', (x, nearest) => {
  expect(log(x)).toBe(nearest)
})

test.each([
  [-3.0072622574573793, 0.04942681158143398],
  [-4.454845804255575, 0.01162211181665584],
  [-5.254572720913362, 0.005223577740745086],
  [0, 1],
  [-5000, 0],
])('e to the %d is the nearest double', (x, nearest) => {
  expect(exp(x)).toBe(nearest)
})

// Right-hand sides: Python's math.fsum.
test.each([
  { name: 'no terms', terms: [], exact: 0 },
  { name: 'what plain addition loses', terms: Array<number>(10).fill(0.1), exact: 1 },
  { name: 'a tie goes to even', terms: [1, 2 ** -53], exact: 1 },
  { name: 'a tie with more above it goes up', terms: [1, 2 ** -53, 2 ** -110], exact: 1 + 2 ** -52 },
  { name: 'a tie with less below it goes down', terms: [1, 2 ** -53, -(2 ** -110)], exact: 1 },
  { name: 'the same below zero', terms: [-1, -(2 ** -53), -(2 ** -110)], exact: -1 - 2 ** -52 },
  { name: 'parts far below the last bit', terms: [1e16, 1, 1e-16], exact: 1e16 + 2 },
])('an exact sum: $name', ({ terms, exact }) => {
  expect(sum(terms)).toBe(exact)
})

import { clusterShares, pairDistances, repetitionClusters } from '../../../../core/rewards/repetition/clusters.ts'

const PENS = 'Buy 12 pens at 3 dollars each and say how much you must pay'
const MORE_PENS = PENS.replace('12', '17')
const CIRCLE = 'A circle has radius 5 and its area is how large at pi near three'

test('two questions that differ in one number are 0.1445 apart, two unrelated ones 0.9825', () => {
  expect(pairDistances([PENS, MORE_PENS])[0]).toBeCloseTo(0.1445, 4)
  expect(pairDistances([PENS, CIRCLE])[0]).toBeCloseTo(0.9825, 4)
})

test('six items {A, A′, B, empty, empty, empty} have shares 1/3, 1/3 and four times 1/6', () => {
  expect(clusterShares([PENS, MORE_PENS, CIRCLE, '', '', ''])).toEqual([1 / 3, 1 / 3, 1 / 6, 1 / 6, 1 / 6, 1 / 6])
})

test('no text has no cluster, one text is alone', () => {
  expect(clusterShares([])).toEqual([])
  expect(clusterShares(['one'])).toEqual([1])
})

test('the shares of a batch sum to Σ size²/B', () => {
  const shares = clusterShares([PENS, PENS, PENS, CIRCLE, CIRCLE, 'x'])
  expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo((9 + 4 + 1) / 6, 12)
})

test('one word in the middle of eight changed is at τ exactly, hence not a repetition', () => {
  const texts = ['a b c d e f g h', 'a b c X e f g h']
  expect(pairDistances(texts)[0]).toBe(0.5)
  expect(repetitionClusters(texts)).toEqual([0, 1])
  expect(repetitionClusters(texts, 0.5000001)).toEqual([0, 0])
})

test('clusters are numbered by first appearance', () => {
  expect(repetitionClusters([CIRCLE, PENS, CIRCLE, MORE_PENS, 'x'])).toEqual([0, 1, 0, 1, 2])
})

test('a text of 2,000 words, beyond what the table of scores keeps, still repeats itself', () => {
  const long = Array.from({ length: 2000 }, (_, at) => `w${at % 700}`).join(' ')
  expect(repetitionClusters([long, `${long} end`, CIRCLE])).toEqual([0, 0, 1])
})

import { repetitionPenalties } from '../../../core/rewards/curriculum-reward.ts'

const byShare = { kind: 'cluster-share', weight: 1, distanceMax: 0.5 } as const
const A = 'Let x be 12. What is x plus 30 minus 4 in base ten?'
const SIX = [A, A.replace('30', '31'), 'How many primes lie below one hundred?', '', '', '']

test('the golden six, A, A′, B and three empty texts: 1/3, 1/3, 1/6, 1/6, 1/6, 1/6', () => {
  expect(repetitionPenalties(byShare, SIX)).toEqual([1 / 3, 1 / 3, 1 / 6, 1 / 6, 1 / 6, 1 / 6])
})

test('λ_rep scales the penalty, and without the term there is none', () => {
  expect(repetitionPenalties({ ...byShare, weight: 0.5 }, SIX)[0]).toBeCloseTo(1 / 6, 15)
  expect(repetitionPenalties({ kind: 'none' }, SIX)).toEqual([0, 0, 0, 0, 0, 0])
})

test('the distance at which repetition ends is the config’s', () => {
  expect(repetitionPenalties({ ...byShare, distanceMax: 0.01 }, SIX)[0]).toBe(1 / 6)
})

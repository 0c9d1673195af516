import { repetitionPenalty } from '../../../core/rewards/repetition-penalty.ts'

const byShare = { kind: 'cluster-share', weight: 1, distanceMax: 0.5 } as const

test('the golden six, A, A′, B and three empty texts: 1/3, 1/3, 1/6, 1/6, 1/6, 1/6', () => {
  const penalties = [2, 2, 1, 1, 1, 1].map((size) => repetitionPenalty(byShare, size, 6))
  expect(penalties).toEqual([1 / 3, 1 / 3, 1 / 6, 1 / 6, 1 / 6, 1 / 6])
})

test('λ_rep scales the penalty, and without the term there is none', () => {
  expect(repetitionPenalty({ ...byShare, weight: 0.5 }, 2, 4)).toBe(0.25)
  expect(repetitionPenalty({ kind: 'none' }, 4, 4)).toBe(0)
})

import { minorityShare, tent, uncertaintyReward } from '../../../core/rewards/uncertainty.ts'

const shares = Array.from({ length: 11 }, (_, votes) => votes / 10)

test.each([
  [0, 0, 0],
  [0.1, 0.2, 0.1],
  [0.3, 0.6, 0.3],
  [0.5, 1, 0.5],
  [0.8, 0.4, 0.2],
  [1, 0, 0],
])('R_unc at p̂ = %p: paper %p, code %p', (pHat, paper, code) => {
  expect(tent(pHat)).toBeCloseTo(paper, 12)
  expect(minorityShare(pHat)).toBeCloseTo(code, 12)
})

test('the code’s shape is half of the paper’s, everywhere', () => {
  for (const pHat of shares) expect(2 * minorityShare(pHat)).toBeCloseTo(tent(pHat), 12)
})

test('agreement and its complement earn the same', () => {
  for (const pHat of shares) expect(tent(1 - pHat)).toBeCloseTo(tent(pHat), 12)
})

test('λ_unc scales the term', () => {
  expect(uncertaintyReward({ kind: 'tent', weight: 3 }, 0.5)).toBe(3)
  expect(uncertaintyReward({ kind: 'minority-share', weight: 2 }, 0.5)).toBe(1)
})

test('five equal answers and five missing ones earn half of what a divided vote does, where abstentions are unpaid', () => {
  const unpaid = { kind: 'tent', weight: 1, abstentions: 'unpaid' } as const
  expect(uncertaintyReward(unpaid, 0.5, 1)).toBe(1)
  expect(uncertaintyReward(unpaid, 0.5, 0.5)).toBe(0.5)
  expect(uncertaintyReward({ ...unpaid, abstentions: 'paid' }, 0.5, 0.5)).toBe(1)
  for (const pHat of shares)
    for (const share of shares) {
      const paid = uncertaintyReward(unpaid, pHat, share)
      expect(paid).toBeLessThanOrEqual(uncertaintyReward(unpaid, pHat))
      expect(uncertaintyReward({ kind: 'minority-share', weight: 2, abstentions: 'unpaid' }, pHat, share)).toBeCloseTo(
        paid,
        12,
      )
    }
})

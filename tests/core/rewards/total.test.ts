import { additive, gated, totalReward } from '../../../core/rewards/total.ts'

const terms = { format: 1, uncertainty: 0.6, tool: 0.2, repetition: 0.25 } as const

test('paper: R_format · max(0, R_unc + R_tool − R_rep)', () => {
  expect(gated(terms)).toBeCloseTo(0.55, 12)
})

test('paper: a malformed proposal earns 0, and no proposal earns less', () => {
  expect(gated({ ...terms, format: 0 })).toBe(0)
  expect(gated({ ...terms, repetition: 0.9 })).toBe(0)
})

test('code: R_unc + R_tool − R_rep, below 0 as well', () => {
  expect(additive(terms, -1)).toBeCloseTo(0.55, 12)
  expect(additive({ ...terms, repetition: 0.9 }, -1)).toBeCloseTo(-0.1, 12)
})

test('code: −1 − R_rep if malformed', () => {
  expect(additive({ ...terms, format: 0 }, -1)).toBe(-1.25)
})

test('the config names the variant', () => {
  expect(totalReward({ kind: 'gated' }, { ...terms, format: 0 })).toBe(0)
  expect(totalReward({ kind: 'additive', malformed: -1 }, { ...terms, format: 0 })).toBe(-1.25)
})

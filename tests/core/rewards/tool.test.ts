import { toolReward } from '../../../core/rewards/tool.ts'
import { preset } from '../../support/presets.ts'

/** Ten rollouts that write one block more than is run: the one of the last turn. */
const calls = (...executed: number[]) => executed.map((count) => ({ executed: count, written: count + 1 }))
const configOf = (name: 'paper' | 'code' | 'default') => preset(name).curriculum.reward.tool

// Mean of 1.5 executed and 2.5 written calls.
test.each([
  ['paper', 0.6 * 0.25 * 2.5],
  ['code', 0.05 * 2.5],
  ['default', 0.05 * 1.5],
] as const)('R_tool of preset %s', (name, expected) => {
  expect(toolReward(configOf(name), calls(0, 1, 2, 3))).toBeCloseTo(expected, 12)
})

test.each([
  ['paper', 0.6],
  ['code', 0.2],
  ['default', 0.2],
] as const)('preset %s: more than C = 4 calls earn no more', (name, expected) => {
  expect(toolReward(configOf(name), calls(4, 4))).toBeCloseTo(expected, 12)
  expect(toolReward(configOf(name), calls(9, 90))).toBeCloseTo(expected, 12)
})

test('the cap holds for the mean: one eager rollout pays for a lazy one', () => {
  expect(toolReward(configOf('default'), calls(8, 0))).toBeCloseTo(0.2, 12)
})

test('a proposal that was not rolled out, or a config without the term, earns nothing', () => {
  expect(toolReward(configOf('default'), [])).toBe(0)
  expect(toolReward({ kind: 'none' }, calls(3))).toBe(0)
})

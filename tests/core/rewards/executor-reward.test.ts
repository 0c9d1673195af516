import { executorReward } from '../../../core/rewards/executor-reward.ts'
import { preset } from '../../support/presets.ts'

test.each([
  ['paper', 1, 0],
  ['code', 1, -1],
  ['default', 1, 0],
] as const)('preset %s: %p for an answer that agrees with the label, else %p', (name, agrees, otherwise) => {
  const { reward } = preset(name).executor
  const rewards = [true, false].map((agreesWithLabel) => executorReward(reward, { agreesWithLabel, text: '' }))
  expect(rewards).toEqual([agrees, otherwise])
})

import { creditGroups } from '../../../core/advantages/credit.ts'
import { rowControl } from '../../../core/advantages/row-control.ts'
import { preset } from '../../support/presets.ts'

const { advantage, loss: adpo } = preset('default').executor
const { loss: grpo } = preset('default').curriculum
const groups = [
  { id: 'task-1', pHat: 0.5, rewards: [1, 0, 0, 0] },
  { id: 'task-2', pHat: 0.8, rewards: [1, 1, 1, 1] },
]

test('by hand: Ã = 0.76·A and ε_high 0.26 at p̂ = 0.5', () => {
  const [first] = creditGroups({ advantage, loss: adpo }, groups)
  expect(first).toMatchObject({ id: 'task-1', clipLow: 0.2, zeroVariance: false })
  expect(first!.clipHigh).toBeCloseTo(0.26, 12)
  expect(first!.advantages[0]).toBeCloseTo((0.76 * 0.75) / (0.5 + 1e-6), 12)
})

test('a group of equal rewards is marked and gives zeros', () => {
  const [, second] = creditGroups({ advantage, loss: adpo }, groups)
  expect(second).toMatchObject({ zeroVariance: true, advantages: [0, 0, 0, 0] })
})

test('ADPO with m = 1 and no extra room is GRPO', () => {
  const plain = { ...adpo, scaleMin: 1, clipHighExtra: 0 }
  expect(creditGroups({ advantage, loss: plain }, groups)).toEqual(creditGroups({ advantage, loss: grpo }, groups))
})

test.each([null, Number.NaN, 1.1, -0.1])(
  'a row with p̂ %p is refused where ADPO is asked, with the task’s id',
  (pHat) => {
    expect(() => rowControl(adpo, 'iter-001/task-7', pHat)).toThrow('iter-001/task-7: ADPO needs a p̂ from 0 to 1')
  },
)

test('GRPO needs no p̂', () => {
  expect(rowControl(grpo, 'task', null)).toEqual({ scale: 1, clipLow: 0.2, clipHigh: 0.2 })
})

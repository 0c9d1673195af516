import { Suspects } from '../../../services/sandbox/suspects.ts'

test('losses of a text are counted until it ends as programs do', () => {
  const suspects = new Suspects()
  suspects.lost('a')
  suspects.lost('a')
  expect([suspects.losses('a'), suspects.losses('b')]).toEqual([2, 0])
  suspects.acquit('a')
  expect([suspects.losses('a'), suspects.size]).toEqual([0, 0])
})

test('however many texts end slots, it holds 10,000, and those that were asked for last', () => {
  const suspects = new Suspects()
  for (let index = 0; index < 30_000; index++) suspects.lost(String(index))
  expect(suspects.size).toBe(10_000)
  expect([suspects.losses('19999'), suspects.losses('20000'), suspects.losses('29999')]).toEqual([0, 1, 1])
})

describe('time', () => {
  beforeEach(() => jest.useFakeTimers())
  afterEach(() => jest.useRealTimers())

  test('a single loss is forgotten after ten minutes, a conviction is not', () => {
    const suspects = new Suspects()
    suspects.lost('a')
    suspects.lost('b')
    suspects.convict('b')
    jest.advanceTimersByTime(10 * 60_000)
    expect([suspects.losses('a'), suspects.losses('b'), suspects.isConvicted('b')]).toEqual([0, 1, true])
  })
})

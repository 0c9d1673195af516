import { adpoClipHigh, adpoScale } from '../../../core/advantages/row-control.ts'
import { preset, PRESETS } from '../../support/presets.ts'

describe.each(PRESETS)('preset %s', (name) => {
  const { loss } = preset(name).executor
  if (loss.kind !== 'adpo') throw new Error(`preset ${name} has no ADPO`)

  test.each([
    [0.3, 0.6, 0.3],
    [0.5, 0.76, 0.26],
    [0.8, 1, 0.2],
  ])('at p̂ = %p the scale is %p and ε_high is %p', (pHat, scale, clipHigh) => {
    expect(adpoScale(loss, pHat)).toBeCloseTo(scale, 12)
    expect(adpoClipHigh(loss, pHat)).toBeCloseTo(clipHigh, 12)
  })

  test('outside of lo and hi nothing changes any more', () => {
    expect([adpoScale(loss, 0), adpoScale(loss, 1)]).toEqual([0.6, 1])
    expect(adpoClipHigh(loss, 0)).toBeCloseTo(0.3, 12)
    expect(adpoClipHigh(loss, 1)).toBe(0.2)
  })

  test('the surer the label, the larger the scale and the smaller the room', () => {
    const shares = Array.from({ length: 11 }, (_, votes) => votes / 10)
    const scales = shares.map((pHat) => adpoScale(loss, pHat))
    const rooms = shares.map((pHat) => adpoClipHigh(loss, pHat))
    expect(scales).toEqual(scales.toSorted((left, right) => left - right))
    expect(rooms).toEqual(rooms.toSorted((left, right) => right - left))
  })
})

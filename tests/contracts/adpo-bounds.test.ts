import { RunConfig, type RunConfigInput } from '../../contracts/run-config.ts'

const lossOf = (config: Omit<RunConfigInput, 'name'>) => RunConfig.parse({ name: 'bounds', ...config }).executor.loss

test('a config that changes only the band moves ADPO’s bounds with it', () => {
  expect(lossOf({ curation: { band: { low: 0.2, high: 0.7 } } })).toMatchObject({ pHatLow: 0.2, pHatHigh: 0.7 })
})

test('bounds that are written stay where they are, each by itself', () => {
  const curation = { band: { low: 0.2, high: 0.7 } }
  const written = { kind: 'adpo', pHatLow: 0.3, pHatHigh: 0.8 } as const
  expect(lossOf({ curation, executor: { loss: written } })).toMatchObject(written)
  const one = lossOf({ curation, executor: { loss: { kind: 'adpo', pHatHigh: 0.8 } } })
  expect(one).toMatchObject({ pHatLow: 0.2, pHatHigh: 0.8 })
})

test('plain GRPO has no bounds, whatever the band', () => {
  expect(lossOf({ executor: { loss: { kind: 'grpo' } } })).toEqual({ kind: 'grpo', clipLow: 0.2, clipHigh: 0.2 })
})

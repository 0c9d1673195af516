import { stepConfig } from '../../../core/training/step-config.ts'
import { preset, PRESETS } from '../../support/presets.ts'

const digest = 'a'.repeat(64)
const start = { step: 40, checkpoint: digest }

/** The same training with other settings. */
function changed(settings: object, stageStart: { step: number; checkpoint: string | null } = start): object {
  const { training, loss } = preset('default').executor
  return stepConfig({ ...training, ...settings }, loss, stageStart, 4096)
}

test.each(PRESETS)('preset %s: GRPO is one clip range, ADPO the ranges of the rows', (name) => {
  const { curriculum, executor } = preset(name)
  const { clipLow: low, clipHigh: high } = curriculum.loss
  expect(stepConfig(curriculum.training, curriculum.loss, start, 1)).toMatchObject({
    loss: { kind: 'surrogate', clip: { kind: 'constant', low, high } },
  })
  expect(stepConfig(executor.training, executor.loss, start, 1)).toMatchObject({ loss: { clip: { kind: 'rows' } } })
})

test('the released clip of 3 is a number, none is null', () => {
  const { training, loss } = preset('code').curriculum
  expect(stepConfig(training, loss, start, 1)).toMatchObject({ loss: { dualClip: 3 } })
  expect(changed({ dualClip: 'none' })).toMatchObject({ loss: { dualClip: null } })
})

test('a warm-up begins where its stage begins', () => {
  expect(changed({ warmupSteps: 10 })).toMatchObject({ warmup: { fromStep: 40, steps: 10 } })
})

test.each([
  [{ coefficient: 0.01, reference: 'stage-start' }, digest, digest],
  [{ coefficient: 0.01, reference: 'stage-start' }, null, 'base'],
  [{ coefficient: 0.01, reference: 'base' }, digest, 'base'],
  [{ coefficient: 0, reference: 'stage-start' }, digest, 'base'],
])('with KL %p, and %p at the start of the stage, the reference is %p', (kl, checkpoint, reference) => {
  const { coefficient } = kl
  expect(changed({ kl }, { step: 40, checkpoint })).toMatchObject({ kl: { coefficient, reference } })
})

test('all steps of a stage have the same bytes, those of another stage others', () => {
  const bytes = (stageStart: typeof start) => JSON.stringify(changed({}, stageStart))
  expect(bytes(start)).toBe(bytes({ ...start }))
  expect(bytes({ ...start, step: 45 })).not.toBe(bytes(start))
})

test('what the trainer does by itself is not in the bytes that name a step: they are those of before there was the key', () => {
  expect(changed({ skippedInARowMax: 3 })).not.toHaveProperty('skippedInARowMax')
  expect(changed({ skippedInARowMax: 0 })).toMatchObject({ skippedInARowMax: 0 })
})

import { OnlineTrainingTally } from '../../../contracts/stage-tallies.ts'
import { noSteps } from '../../../core/metrics/tally.ts'
import { updatesOf } from '../../../core/training/updates-of.ts'

test('sums of the trainer become the sums of a report, each in its bucket', () => {
  const updates = updatesOf({
    sampler_kl_k3: { sum: 0.5, count: 100 },
    'clip_share/p_hat_0.0': { sum: 1, count: 10 },
    'clip_share/p_hat_0.3': { sum: 2, count: 20 },
    truncated_share: { sum: 7, count: 100 },
    dropped_row_share: { sum: 3, count: 8 },
    skipped_update_share: { sum: 2, count: 4 },
    'entropy of something else': { sum: 9, count: 9 },
  })
  expect(OnlineTrainingTally.shape.updates.parse(updates)).toEqual(updates)
  expect(updates).toMatchObject({
    klTrainServer: { sum: 0.5, count: 100 },
    truncatedTokens: 7,
    droppedRows: 3,
    skippedUpdates: 2,
  })
  const buckets = updates.clippedByPHat.flatMap(({ tokens, clipped }, tenth) =>
    tokens > 0 ? [[tenth, tokens, clipped]] : [],
  )
  expect(buckets).toEqual([
    [0, 10, 1],
    [3, 20, 2],
  ])
})

test('what a trainer does not tell counts as nothing', () => {
  expect(updatesOf({})).toEqual(noSteps.updates)
})

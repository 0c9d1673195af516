import type { Mean, OnlineTrainingTally } from '../../contracts/stage-tallies.ts'

const TENTHS = 11
const NONE: Mean = { sum: 0, count: 0 }

/**
 * What a report keeps of a trainer's updates, out of its sums by name (docs/design/trainer.md): KL, clipped tokens by p̂, truncated
 * tokens, dropped rows and skipped updates. The trainer's last bucket, from 0.9, holds p̂ = 1 too.
 */
export function updatesOf(tallies: Readonly<Record<string, Mean>>): OnlineTrainingTally['updates'] {
  const of = (name: string) => tallies[name] ?? NONE
  const bucket = (tenth: number) => of(`clip_share/p_hat_${(tenth / 10).toFixed(1)}`)
  const { sum, count } = of('sampler_kl_k3')
  return {
    klTrainServer: { sum, count },
    clippedByPHat: Array.from({ length: TENTHS }, (_, tenth) => ({
      tokens: bucket(tenth).count,
      clipped: bucket(tenth).sum,
    })),
    truncatedTokens: of('truncated_share').sum,
    droppedRows: of('dropped_row_share').sum,
    skippedUpdates: of('skipped_update_share').sum,
  }
}

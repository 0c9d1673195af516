import type { Adpo, Loss } from '../../contracts/config/loss.ts'
import { type ByKind, callByKind } from '../by-kind.ts'

/** What a loss does with the rows of one task, as numbers that a trainer can apply without a formula. */
export interface RowControl {
  /** Factor of the advantage. */
  scale: number
  /** The ratio is cut at 1 − clipLow. */
  clipLow: number
  /** The ratio is cut at 1 + clipHigh. */
  clipHigh: number
}

function clamp01(value: number): number {
  return Math.min(1, Math.max(0, value))
}

/** s(p̂) = m + (1 − m)·clamp((p̂ − lo)/(hi − lo), 0, 1): a doubtful label counts less. Paper, ADPO; algorithm §6. */
export function adpoScale({ pHatLow, pHatHigh, scaleMin }: Adpo, pHat: number): number {
  return scaleMin + (1 - scaleMin) * clamp01((pHat - pHatLow) / (pHatHigh - pHatLow))
}

/**
 * ε_high(p̂) = ε_high + extra·clamp((hi − p̂)/(hi − lo), 0, 1): on a doubtful task the policy may move further. Paper, ADPO;
 * algorithm §6.
 */
export function adpoClipHigh({ pHatLow, pHatHigh, clipHigh, clipHighExtra }: Adpo, pHat: number): number {
  return clipHigh + clipHighExtra * clamp01((pHatHigh - pHat) / (pHatHigh - pHatLow))
}

const controls: ByKind<Loss, [taskId: string, pHat: number | null], RowControl> = {
  grpo: ({ clipLow, clipHigh }) => ({ scale: 1, clipLow, clipHigh }),
  adpo: (loss, taskId, pHat) => {
    if (pHat === null || !(pHat >= 0 && pHat <= 1))
      throw new Error(`${taskId}: ADPO needs a p̂ from 0 to 1, got ${pHat}`)
    return { scale: adpoScale(loss, pHat), clipLow: loss.clipLow, clipHigh: adpoClipHigh(loss, pHat) }
  },
}

/**
 * Scale and clip range of a task's rows under a loss. Algorithm §6.
 *
 * @param pHat the task's agreement at curation, null if it has none
 * @throws Error where ADPO is asked of a task without p̂ (the released code silently took 0.6)
 */
export function rowControl(loss: Loss, taskId: string, pHat: number | null): RowControl {
  return callByKind(controls, loss, taskId, pHat)
}

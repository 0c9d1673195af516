import type { Adpo } from '../../contracts/config/loss.ts'

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

import type { CurriculumReward } from '../../contracts/config/curriculum-reward.ts'

/** 1 − 2·|p̂ − ½|: 1 where half of the answers agree, 0 where all or none do. Paper, R_unc; algorithm §4. */
export function tent(pHat: number): number {
  return 1 - 2 * Math.abs(pHat - 0.5)
}

/** min(p̂, 1 − p̂), half of the tent. Released code, R_unc; algorithm §4. */
export function minorityShare(pHat: number): number {
  return Math.min(pHat, 1 - pHat)
}

const shapes: Record<CurriculumReward['uncertainty']['kind'], (pHat: number) => number> = {
  tent,
  'minority-share': minorityShare,
}

/** λ_unc·R_unc of a task with agreement p̂, which is 0 where nobody answered: such a task earns nothing. */
export function uncertaintyReward(config: CurriculumReward['uncertainty'], pHat: number): number {
  return config.weight * shapes[config.kind](pHat)
}

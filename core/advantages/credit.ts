import type { Advantage } from '../../contracts/config/advantage.ts'
import type { Loss } from '../../contracts/config/loss.ts'
import { groupAdvantages, hasZeroVariance } from './group-advantages.ts'
import { rowControl } from './row-control.ts'

/** The samples of one prompt or task, by sample. */
export interface RewardGroup {
  /** Key of the prompt or task. */
  id: string
  /** Agreement at curation; null where the samples have no label. */
  pHat: number | null
  rewards: readonly number[]
}

/** What the trainer gets for a group: one advantage per sample, scaled, and the group's clip range. */
export interface GroupCredit {
  id: string
  advantages: number[]
  clipLow: number
  clipHigh: number
  /** All samples earned the same: the advantages are zeros. */
  zeroVariance: boolean
}

/** Turns the rewards of a batch into what a trainer needs: advantage and clip range of every row. Algorithm §6. */
export function creditGroups(
  config: { advantage: Advantage; loss: Loss },
  groups: readonly RewardGroup[],
): GroupCredit[] {
  return groups.map(({ id, pHat, rewards }) => {
    const { scale, clipLow, clipHigh } = rowControl(config.loss, id, pHat)
    const advantages = groupAdvantages(config.advantage, id, rewards).map((advantage) => scale * advantage)
    return { id, advantages, clipLow, clipHigh, zeroVariance: hasZeroVariance(rewards) }
  })
}

import type { RunConfig } from '../../contracts/run-config.ts'
import { recipes } from './index.ts'
import type { Stage } from './recipe.ts'

/** The stages of an iteration, in their order. Iteration 0 only measures the base model. */
export function stagesOf({ recipe }: RunConfig, iteration: number): readonly Stage<RunConfig>[] {
  const { stages } = recipes[recipe]
  return iteration === 0 ? stages.filter(({ kind }) => kind === 'evaluation') : stages
}

import type { RunConfig } from '../../contracts/run-config.ts'
import { agent0 } from './agent0.ts'
import type { Recipe, Stage } from './recipe.ts'

type Recipes = Readonly<Record<RunConfig['recipe'], Recipe<RunConfig>>>

/** Every recipe that a config can name: without an entry here a new name does not compile. */
export const recipes: Recipes = { agent0 }

/** The stage of a config's recipe that has this name and kind; another one is a bug. */
export function stageOf<K extends Stage<RunConfig>['kind']>(
  config: RunConfig,
  name: string,
  kind: K,
): Stage<RunConfig> & { kind: K } {
  const stage = recipes[config.recipe].stages.find((candidate) => candidate.name === name)
  if (stage?.kind !== kind) throw new Error(`${config.recipe} has no stage ${name} of kind ${kind}`)
  return stage as Stage<RunConfig> & { kind: K }
}

/** The stages of an iteration, in their order. Iteration 0 only measures the base model. */
export function stagesOf({ recipe }: RunConfig, iteration: number): readonly Stage<RunConfig>[] {
  const { stages } = recipes[recipe]
  return iteration === 0 ? stages.filter(({ kind }) => kind === 'evaluation') : stages
}

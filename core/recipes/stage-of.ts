import type { RunConfig } from '../../contracts/run-config.ts'
import { recipes } from './index.ts'
import type { Stage } from './recipe.ts'

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

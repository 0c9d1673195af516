import type { RunConfig } from '../../contracts/run-config.ts'
import { agent0 } from './agent0.ts'
import type { Recipe } from './recipe.ts'

type Recipes = Readonly<Record<RunConfig['recipe'], Recipe<RunConfig>>>

/** Every recipe that a config can name: without an entry here a new name does not compile. */
export const recipes: Recipes = { agent0 }

/**
 * The recipe of a name that comes from outside, such as a stored record.
 *
 * @throws Error with the names that there are
 */
export function recipeNamed(name: string): Recipe<RunConfig> {
  if (!Object.hasOwn(recipes, name)) {
    throw new Error(`no recipe is called ${name}; there is ${Object.keys(recipes).join(', ')}`)
  }
  return recipes[name as keyof Recipes]
}

import type { RunContext } from '../activities/services.ts'
import type { EvolutionState } from '../contracts/evolution-state.ts'
import { currentConfig } from '../contracts/former-config.ts'
import type { StageId } from '../contracts/ids.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import type { ServerUse } from '../contracts/run-record.ts'
import type { Control } from '../contracts/run-status.ts'
import type { StageSummary } from '../contracts/stage-summary.ts'
import type { StageEffect } from '../core/loop/evolution.ts'
import { recipes } from '../core/recipes/index.ts'
import type { FilterPoolResult } from '../activities/filter-pool.ts'
import { refusing } from './failures.ts'

/** The input of every stage. */
export interface StageInput {
  context: RunContext
  config: RunConfig
  stage: StageId
  /** Its name in the recipe. */
  name: string
  state: EvolutionState
  control: Control
  /** The result of this iteration's curation; null before it, or without one. */
  curated: Pick<FilterPoolResult, 'tasks' | 'decisions'> | null
  /** Of this stage before it continued as new; absent at its start. */
  serverUse?: ServerUse
}

/** The config itself; throws where it is of no recipe that this version knows. The rest is checked when the run is opened. */
export function withRecipe(config: RunConfig): RunConfig {
  if (!Object.hasOwn(recipes, config.recipe)) throw new Error(`"${String(config.recipe)}" is not a recipe`)
  return config
}

/** An input as this version writes it: a run that the version before began has that version's config. */
export const currentInput = (input: StageInput): StageInput =>
  refusing(() => ({ ...input, config: withRecipe(currentConfig(input.config)) }))

/** The result of a stage: its summary and its effect on the run's state, or where a person stopped it. */
export type StageResult =
  | {
      kind: 'done'
      summary: StageSummary
      effect: StageEffect
      curated: StageInput['curated']
      serverUse: ServerUse
    }
  | { kind: 'stopped'; after: string }

/** The workflow of a stage. */
export type StageWorkflow = (input: StageInput) => Promise<StageResult>

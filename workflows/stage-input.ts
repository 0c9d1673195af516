import type { RunContext } from '../activities/services.ts'
import type { EvolutionState } from '../contracts/evolution-state.ts'
import { currentConfig } from '../contracts/former-config.ts'
import type { StageId } from '../contracts/ids.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import type { ServerUse } from '../contracts/run-record.ts'
import type { Control } from '../contracts/run-status.ts'
import type { StageSummary } from '../contracts/stage-summary.ts'
import type { StageEffect } from '../core/loop/evolution.ts'
import type { FilterPoolResult } from '../activities/filter-pool.ts'

/** What every stage is given. */
export interface StageInput {
  context: RunContext
  config: RunConfig
  stage: StageId
  /** Its name in the recipe. */
  name: string
  state: EvolutionState
  control: Control
  /** What this iteration's curation left; null before it, or where there is none. */
  curated: Pick<FilterPoolResult, 'tasks' | 'decisions'> | null
  /** Of this stage before its history was cut; absent at its beginning. */
  serverUse?: ServerUse
}

/** An input as this version writes it: a run that the version before began has that version's config. */
export const currentInput = (input: StageInput): StageInput => ({ ...input, config: currentConfig(input.config) })

/** What a stage hands back: what it came to and changes, or that a person stopped it on the way. */
export type StageResult =
  | {
      kind: 'done'
      summary: StageSummary
      effect: StageEffect
      curated: StageInput['curated']
      serverUse: ServerUse
    }
  | { kind: 'stopped'; after: string }

/** A stage's workflow, as its run sees it. */
export type StageWorkflow = (input: StageInput) => Promise<StageResult>

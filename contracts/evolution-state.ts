import { z } from 'zod'
import { ArtifactReference } from './artifact-reference.ts'
import { Policy } from './policy.ts'
import { Role } from './primitives.ts'

/** Where a run stands between two iterations: what continue-as-new carries, and what a restart continues from. */
export const EvolutionState = z.strictObject({
  /** The iteration that comes next; 0 is the evaluation of the base model. */
  iteration: z.int().min(0),
  /** The newest policy of every role; its version is the lineage's step. */
  policies: z.record(Role, Policy),
  /** The answering role's policy at the end of iteration 1, which later tasks are measured with; null before. */
  frozen: Policy.nullable(),
  /** Data sets of the iterations so far, oldest first. */
  archive: z.array(ArtifactReference),
  /** Tokens sampled so far: what the budget is held against. */
  sampledTokens: z.int().min(0),
})

export type EvolutionState = z.output<typeof EvolutionState>

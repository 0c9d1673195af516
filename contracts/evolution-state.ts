import { z } from 'zod'
import { ArtifactReference } from './artifact-reference.ts'
import { Policy } from './policy.ts'
import { Digest, Role } from './primitives.ts'

/** Where a run stands between two iterations: what continue-as-new carries, and what a restart continues from. */
export const EvolutionState = z.strictObject({
  /** The iteration that comes next; 0 is the evaluation of the base model. */
  iteration: z.int().min(0),
  /** The newest published policy of every role; its version is its step in the lineage. */
  policies: z.record(Role, Policy),
  /**
   * The head of a role's lineage where the role's policy is an earlier step of it: it was trained, was not published, and a
   * person skipped it. The next step names it and starts from the policy.
   */
  setAside: z.record(Role, z.strictObject({ step: z.int().min(1), checkpoint: Digest })).optional(),
  /** The answering role's policy at the end of iteration 1, which later tasks are measured with; null before. */
  frozen: Policy.nullable(),
  /** Data sets of the iterations so far, oldest first. */
  archive: z.array(ArtifactReference),
  /** Tokens sampled so far: what the budget is held against. */
  sampledTokens: z.int().min(0),
})

export type EvolutionState = z.output<typeof EvolutionState>

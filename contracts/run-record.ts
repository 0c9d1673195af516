import { z } from 'zod'
import { EvolutionState } from './evolution-state.ts'
import { IterationSummary } from './iteration-summary.ts'
import { StageSummary } from './stage-summary.ts'

/** What stands in the store of an iteration that is over: all that a report and a restart need. */
export const IterationRecord = z.strictObject({
  summary: IterationSummary,
  stages: z.array(StageSummary),
  /** Wall time by stage, seconds. */
  seconds: z.record(z.string(), z.number().min(0)),
  /** Tokens that the policies sampled, by stage; empty in records from before they were counted. */
  sampledTokens: z.record(z.string(), z.int().min(0)).default({}),
  /** The state that the next iteration begins with. */
  next: EvolutionState,
})
export type IterationRecord = z.output<typeof IterationRecord>

/** What a run was begun with. */
export const RunRecord = z.strictObject({
  /** Digest of the base model. */
  base: z.string().min(1),
  /** Where code runs, and what that does not bound. */
  sandbox: z.strictObject({ backend: z.string(), imageDigest: z.string(), notGuaranteed: z.array(z.string()) }),
  /** Model servers and their versions when it began. */
  servers: z.array(z.strictObject({ server: z.string(), version: z.string().nullable() })),
})
export type RunRecord = z.output<typeof RunRecord>

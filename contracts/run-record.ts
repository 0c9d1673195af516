import { z } from 'zod'
import { EvolutionState } from './evolution-state.ts'
import { IterationSummary } from './iteration-summary.ts'
import { StageSummary } from './stage-summary.ts'

/** How model servers were used while shards of a stage had something for them to do. */
export const ServerUse = z.strictObject({
  /** At least one request of ours was under way, seconds. */
  busySeconds: z.number().min(0),
  /** From the first shard's begin until the last one has no more requests, pauses included, seconds. */
  wallSeconds: z.number().min(0),
})
export type ServerUse = z.output<typeof ServerUse>

/** What came of a stage's time, by the server's history: core/metrics/stage-work.ts. */
export const StageWork = z.strictObject({
  /** In which activities were at work, the attempts that completed; of a fan-out the sum over its tasks. */
  usefulSeconds: z.number().min(0),
  /** In which they could have been: of a fan-out its slots times its wall time, else the wall time. */
  slotSeconds: z.number().min(0),
  /** Attempts beyond the first, by type of activity and by what the last one before had failed of. */
  retries: z.record(z.string(), z.record(z.string(), z.int().min(1))),
})
export type StageWork = z.output<typeof StageWork>

/** A failure that halted a stage, and what a person decided. A retry is not kept: it changes no result. */
export const DecisionRecord = z.strictObject({
  stage: z.string(),
  reason: z.string(),
  decision: z.enum(['skip', 'accept']),
  /** When, ISO 8601. */
  at: z.string(),
  /** Who accepted, and why. */
  by: z.string().optional(),
  why: z.string().optional(),
})
export type DecisionRecord = z.output<typeof DecisionRecord>

/** What stands in the store of an iteration that is over: all that a report and a restart need. */
export const IterationRecord = z.strictObject({
  summary: IterationSummary,
  stages: z.array(StageSummary),
  /** Wall time by stage, seconds. */
  seconds: z.record(z.string(), z.number().min(0)),
  /** Tokens that the policies sampled, by stage; empty in records from before they were counted. */
  sampledTokens: z.record(z.string(), z.int().min(0)).default({}),
  /** By stage; empty in records from before it was measured. */
  serverUse: z.record(z.string(), ServerUse).default({}),
  /** By stage; it lacks stages whose history was gone, and records from before it was measured lack all. */
  work: z.record(z.string(), StageWork).default({}),
  /** What people decided that changes results, oldest first; absent if nothing, and in records from before it was kept. */
  decisions: z.array(DecisionRecord).optional(),
  /** The state that the next iteration begins with. */
  next: EvolutionState,
})
export type IterationRecord = z.output<typeof IterationRecord>

/** What a run was started with. */
export const RunRecord = z.strictObject({
  /** Digest of the base model. */
  base: z.string().min(1),
  /** Where code runs, and what that does not bound. */
  sandbox: z.strictObject({ backend: z.string(), imageDigest: z.string(), notGuaranteed: z.array(z.string()) }),
  /** Model servers and their versions when it started. */
  servers: z.array(z.strictObject({ server: z.string(), version: z.string().nullable() })),
})
export type RunRecord = z.output<typeof RunRecord>

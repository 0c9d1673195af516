import { z } from 'zod'

// Every field of a tally is a count or a sum, so that the tally of a stage is the sum of the tallies of its steps.

const count = z.int().min(0)

/** A mean that can be added up: sum / count. */
const Mean = z.strictObject({ sum: z.number(), count })

/** Counts by p̂ rounded to a tenth: 0, 0.1, …, 1. */
const byTenth = <T extends z.ZodType>(item: T) => z.array(item).length(11)

/** Counts of the requested proposals. */
const Proposals = z.strictObject({
  asked: count,
  /** R_format = 1. */
  wellFormed: count,
})

/** Rollouts of the executor. */
const Rollouts = z.strictObject({
  /** Tasks that were rolled out. */
  tasks: count,
  rollouts: count,
  /** Tool calls that were run. */
  toolCalls: count,
  /** Calls that were written and understood, run or not. Tallies of before December 2026 do not say. */
  writtenCalls: count.optional(),
  /** Calls that were meant and not understood. Tallies of before December 2026 do not say. */
  misreadCalls: count.optional(),
  /** Tokens that the policy sampled. */
  sampledTokens: count,
  answered: count,
  noAnswer: count,
  tooLong: count,
  turnLimit: count,
})

/** What a trainer reports of its updates. */
const Updates = z.strictObject({
  /** KL(train ‖ server), k3 estimate, nats per sampled token. */
  klTrainServer: Mean,
  /** Tokens that the loss saw, and those of them whose ratio was clipped, by p̂ of their task. */
  clippedByPHat: byTenth(z.strictObject({ tokens: count, clipped: count })),
  /** Tokens whose importance weight was cut. */
  truncatedTokens: count,
  /** Rows with a ratio out of bounds. */
  droppedRows: count,
  /** Updates without a finite gradient; absent in records from before they were skipped. */
  skippedUpdates: count.default(0),
})

export const OnlineTrainingTally = z.strictObject({
  steps: count,
  proposals: Proposals,
  rollouts: Rollouts,
  /** Tasks or proposals by p̂. */
  pHat: byTenth(count),
  /** Each term of the reward, and the total, over the samples that were rewarded. */
  reward: z.record(z.string(), Mean),
  groups: z.strictObject({ count, zeroVariance: count }),
  updates: Updates,
})

export const CurationTally = z.strictObject({
  proposals: Proposals,
  /** Well-formed proposals with different questions, up to case and white space. */
  distinct: count,
  rollouts: Rollouts,
  /** Well-formed proposals by p̂. */
  pHat: byTenth(count),
  kept: count,
  /** Dropped proposals by reason. */
  dropped: z.record(z.string(), count),
})

export const EvaluationTally = z.strictObject({
  /** Held-out tasks: single answers that are right, and majority answers that are right. */
  heldOut: z.strictObject({ tasks: count, samples: count, rightSamples: count, rightMajorities: count }),
  /** Answers of the executor of iteration 1 to this iteration's tasks: those that agree with the pseudo-label, and, of those to
   * tasks whose truth is known, those that are right. */
  frozenExecutor: z.strictObject({ samples: count, agreeing: count, samplesWithTruth: count, right: count }),
  /** Kept tasks whose truth is known, and those of them whose pseudo-label is right. */
  labels: z.strictObject({ known: count, right: count }),
})

export type OnlineTrainingTally = z.output<typeof OnlineTrainingTally>
export type CurationTally = z.output<typeof CurationTally>
export type EvaluationTally = z.output<typeof EvaluationTally>
export type Mean = z.output<typeof Mean>

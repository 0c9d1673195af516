import { z } from 'zod'

const share = z.number().min(0).max(1)
const mean = z.number().min(0)

/** The numbers of an iteration; null where it was not measured. Algorithm §7. */
export const IterationSummary = z.strictObject({
  /** From 1; 0 is the base model, which is only evaluated. */
  iteration: z.int().min(0),
  /** Well-formed ones of the pool's proposals. */
  validProposalShare: share.nullable(),
  /** Well-formed proposals of the pool by p̂ rounded to a tenth: 0, 0.1, …, 1. */
  pHatHistogram: z.array(z.int().min(0)),
  /** Kept ones of the pool's proposals. */
  keptShare: share.nullable(),
  /** Dropped proposals by reason. */
  dropped: z.record(z.string(), z.int().min(0)),
  /** Different questions among the well-formed proposals. */
  distinctTaskShare: share.nullable(),
  /** Executed tool calls in all k rollouts of a task of the pool, mean over tasks. */
  toolCallsPerTask: mean.nullable(),
  /** Executed tool calls in a rollout on the pool. Paper, iterations 1 to 3: 1.65, 2.10, 2.60. */
  toolCallsPerRollout: mean.nullable(),
  /** Rollouts on the pool without an answer. Summaries of before December 2026 do not say. */
  abstainedShare: share.nullable().optional(),
  /** Calls on the pool that were meant and not understood, of all that were run or meant. The same. */
  misreadCallShare: share.nullable().optional(),
  /** Tokens that the executor sampled in a rollout on the pool. */
  sampledTokensPerRollout: mean.nullable(),
  /** Groups whose samples all earned the same, by stage. */
  zeroVarianceShare: z.record(z.string(), share.nullable()),
  /** Tokens whose ratio was clipped, by stage and p̂ rounded to a tenth. */
  clipShareByPHat: z.record(z.string(), z.array(share.nullable())),
  /** KL(train ‖ server) in nats per token, by stage. */
  klTrainServer: z.record(z.string(), z.number().nullable()),
  /** Mean of each term of the reward, by stage. */
  rewardTerms: z.record(z.string(), z.record(z.string(), z.number().nullable())),
  /** Right pseudo-labels among those whose truth is known. */
  labelAccuracy: share.nullable(),
  /**
   * Answers of the executor of iteration 1 to this iteration's tasks that agree with the pseudo-label. The paper's pass rate,
   * iterations 1 to 3: 0.640, 0.585, 0.510; it does not say whether that is agreement or correctness.
   */
  frozenExecutorAgreement: share.nullable(),
  /** The same held against the truth, where one is known. */
  frozenExecutorCorrectness: share.nullable(),
  /** mean@k: right ones of all answers to the held-out tasks. */
  heldOutMean: share.nullable(),
  /** maj@k: held-out tasks whose majority answer is right. */
  heldOutMajority: share.nullable(),
})

export type IterationSummary = z.output<typeof IterationSummary>

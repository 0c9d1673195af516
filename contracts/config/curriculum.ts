import { z } from 'zod'
import { Advantage } from './advantage.ts'
import { CurriculumReward } from './curriculum-reward.ts'
import { Grpo } from './loss.ts'
import { AnswerSampling } from './rollout.ts'
import { Sampling } from './sampling.ts'
import { trainingOf } from './training.ts'

/** Stage 1: the curriculum agent learns to propose tasks at the edge of what the executor can do. Algorithm §1, §4, §6. */
export const CurriculumConfig = z.strictObject({
  /** S_c, batches of proposals, one training step each; 0 leaves the agent untrained. [P] 5. [C] 5 (of 6 that were run). */
  steps: z.int().min(0).default(5),
  /** Prompts per step; all have the same text, and B, the number of proposals, is groupsPerStep × groupSize. [P] 128. [C] 512. */
  groupsPerStep: z.int().min(1).default(128),
  /** G_c, proposals per prompt. [P, C] 4. */
  groupSize: z.int().min(2).default(4),
  /** How proposals are sampled. */
  sampling: Sampling.prefault({}),
  /** How the executor's p̂ of a proposal is estimated. */
  answers: AnswerSampling.prefault({}),
  reward: CurriculumReward.prefault({}),
  advantage: Advantage.prefault({ kind: 'group-normalised' }),
  /** Proposals have no label, so ADPO has no meaning here. */
  loss: z.discriminatedUnion('kind', [Grpo]).prefault({ kind: 'grpo' }),
  training: trainingOf({ warmupSteps: 0, updatesPerBatch: 1 }).prefault({}),
})

export type CurriculumConfig = z.output<typeof CurriculumConfig>

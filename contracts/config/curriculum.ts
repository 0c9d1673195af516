import { z } from 'zod'
import { Advantage } from './advantage.ts'
import { CurriculumReward } from './curriculum-reward.ts'
import { Grpo } from './loss.ts'
import { AnswerSampling } from './rollout.ts'
import { Sampling } from './sampling.ts'
import { trainingOf } from './training.ts'

export const CurriculumConfig = z
  .strictObject({
    steps: z
      .int()
      .min(0)
      .default(5)
      .describe(
        'S_c, training steps, one batch of proposals each; 0 leaves the agent untrained. [P] 5. [C] 5 (of 6 that were run).',
      ),
    groupsPerStep: z
      .int()
      .min(1)
      .default(128)
      .describe(
        'Groups per step. All prompts have the same text, and B, the proposals of a step, is groupsPerStep × groupSize. [P] 128. [C] 512.',
      ),
    groupSize: z.int().min(2).default(4).describe('G_c, proposals per group. [P, C] 4.'),
    sampling: Sampling.prefault({}).describe('How proposals are sampled.'),
    answers: AnswerSampling.prefault({}).describe(
      "How the executor's answers to a proposal, which give its p̂, are sampled.",
    ),
    reward: CurriculumReward.prefault({}),
    advantage: Advantage.prefault({ kind: 'group-normalised' }),
    loss: z
      .discriminatedUnion('kind', [Grpo])
      .prefault({ kind: 'grpo' })
      .describe('The policy loss. Proposals have no p̂ of a label, so ADPO has no meaning here.'),
    training: trainingOf({ warmupSteps: 0, updatesPerBatch: 1 }).prefault({}),
  })
  .describe(
    'Stage 1: the curriculum agent learns to propose tasks at the edge of what the executor can do. Algorithm §1, §4, §6.',
  )

export type CurriculumConfig = z.output<typeof CurriculumConfig>

import { z } from 'zod'
import { Advantage } from './advantage.ts'
import { Loss } from './loss.ts'
import { Sampling } from './sampling.ts'
import { trainingOf } from './training.ts'

export const ExecutorConfig = z
  .strictObject({
    steps: z.int().min(1).default(40).describe('S_e, training steps, one batch of tasks each. [P] 40. [C] 100.'),
    tasksPerStep: z.int().min(1).default(128).describe('Tasks per step. [P, C] 128.'),
    groupSize: z.int().min(2).default(16).describe('G_e, rollouts per task. [P, C] 16.'),
    sampling: Sampling.prefault({}).describe('How rollouts are sampled.'),
    reward: z
      .discriminatedUnion('kind', [
        z
          .strictObject({
            kind: z.literal('matches-label'),
            mismatchReward: z
              .number()
              .lt(1)
              .default(0)
              .describe('Reward of a wrong, undecided or missing answer. [P] 0. [C] −1.'),
          })
          .describe('1 for an answer that is equivalent to the pseudo-label, else mismatchReward.'),
      ])
      .prefault({ kind: 'matches-label' })
      .describe('The reward of a rollout. There is no bonus for format or tool use.'),
    advantage: Advantage.prefault({ kind: 'group-normalised' }),
    loss: Loss.prefault({ kind: 'adpo' }).describe('The policy loss.'),
    training: trainingOf({ warmupSteps: 10, updatesPerBatch: 2 }).prefault({}),
  })
  .describe('Stage 3: the executor learns to give the pseudo-labels that its predecessor voted. Algorithm §1 and §6.')

export type ExecutorConfig = z.output<typeof ExecutorConfig>

import { z } from 'zod'
import { Advantage } from './advantage.ts'
import { Loss } from './loss.ts'
import { Sampling } from './sampling.ts'
import { trainingOf } from './training.ts'

/** Stage 3: the executor learns to give the label that its predecessor's vote fixed. Algorithm §1 and §6. */
export const ExecutorConfig = z.strictObject({
  /** S_e, batches of tasks, one training step each. [P] 40. [C] 100. */
  steps: z.int().min(1).default(40),
  /** Tasks per step. [P, C] 128. */
  tasksPerStep: z.int().min(1).default(128),
  /** G_e, rollouts per task. [P, C] 16. */
  groupSize: z.int().min(2).default(16),
  sampling: Sampling.prefault({}),
  /** 1 for an answer that is equivalent to the label, `mismatchReward` for every other ending. No bonus for format or tool. */
  reward: z
    .discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('matches-label'),
        /** [P] 0. [C] −1. */
        mismatchReward: z.number().lt(1).default(0),
      }),
    ])
    .prefault({ kind: 'matches-label' }),
  advantage: Advantage.prefault({ kind: 'group-normalised' }),
  loss: Loss.prefault({ kind: 'adpo' }),
  training: trainingOf({ warmupSteps: 10, updatesPerBatch: 2 }).prefault({}),
})

export type ExecutorConfig = z.output<typeof ExecutorConfig>

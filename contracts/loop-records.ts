import { z } from 'zod'
import { idSchema } from './primitives.ts'
import { Ending } from './rollout.ts'
import { Vote } from './vote.ts'

// What the steps of a run leave in the artifact store for the steps behind them, a record per task.

/** A task as a shard rolls it out. */
export const RolloutTask = z.strictObject({
  id: idSchema('task'),
  question: z.string().min(1),
  /** ỹ, where the task has one: answers are held against it instead of being voted on. */
  label: z.string().min(1).nullable(),
  /** p̂ at curation; null where the task has no label. */
  pHat: z.number().min(0).max(1).nullable(),
  /** The right answer, only ever set by an evaluation: nothing that trains reads it. */
  truth: z.string().min(1).nullable(),
})
export type RolloutTask = z.output<typeof RolloutTask>

/** The result of a task's rollouts, after their answers were compared. */
export const TaskOutcome = z.strictObject({
  id: idSchema('task'),
  question: z.string().min(1),
  /** Name of the policy that answered. */
  policy: z.string().min(1),
  label: RolloutTask.shape.label,
  pHat: RolloutTask.shape.pHat,
  /** Null for a task that came with a label. */
  vote: Vote.nullable(),
  /** Whether the largest class of `vote` is right; null without a truth or a vote. */
  majorityRight: z.boolean().nullable(),
  /** `GRADER_VERSION` of what compared the answers. */
  graderVersion: z.int().min(1).default(1),
  /** By sample. */
  samples: z.array(
    z.strictObject({
      ending: Ending,
      answer: z.string().nullable(),
      /** Whether the answer is equivalent to the label; null for a task without one. */
      agrees: z.boolean().nullable(),
      /** Whether it is equivalent to the truth; null where that is unknown. */
      right: z.boolean().nullable(),
      /** Closed code blocks, also one in the last turn, which is not run. */
      writtenCalls: z.int().min(0),
      /** Calls that were meant and not understood. Outcomes of before December 2026 do not say. */
      misreadCalls: z.int().min(0).optional(),
      executedCalls: z.int().min(0),
      sampledTokens: z.int().min(0),
    }),
  ),
})
export type TaskOutcome = z.output<typeof TaskOutcome>

/** The filter's decision about a proposal of the pool. */
export const FilterDecision = z.strictObject({
  id: idSchema('task'),
  /** Null for a malformed proposal. */
  question: z.string().min(1).nullable(),
  label: z.string().nullable(),
  pHat: z.number().min(0).max(1),
  /** Why it is not kept; null if it is. */
  dropped: z.string().nullable(),
})
export type FilterDecision = z.output<typeof FilterDecision>

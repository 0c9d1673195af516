import { z } from 'zod'

/** A task of D^(t): what the executor stage trains on. It holds no truth, so that none can enter training. */
export const CuratedTask = z
  .strictObject({
    /** Id of the proposal that it was, a path: it orders the data set and seeds every draw. */
    id: z.string().min(1),
    question: z.string().min(1),
    /** ỹ, the pseudo-label: the first answer of the largest class in sample order. */
    label: z.string().min(1),
    /** k, answers asked for. */
    samples: z.int().min(1),
    /** Votes for the label, of `samples`. */
    votes: z.int().min(1),
    /** Samples without an answer: they vote for nothing and stay in the denominator. */
    abstained: z.int().min(0),
    /** p̂ = votes / samples, an agreement and no correctness: how ADPO weighs the task. */
    pHat: z.number().gt(0).max(1),
    /** Executed tool calls per rollout, mean over the samples. */
    toolCalls: z.number().min(0),
    /** What its proposer gave as the answer; reported, never used. */
    proposedAnswer: z.string().nullable(),
  })
  .refine((task) => task.pHat === task.votes / task.samples, { path: ['pHat'], message: 'votes / samples' })
  .refine((task) => task.votes + task.abstained <= task.samples, {
    path: ['votes'],
    message: 'votes and abstentions are samples',
  })

export type CuratedTask = z.output<typeof CuratedTask>

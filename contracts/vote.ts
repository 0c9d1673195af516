import { z } from 'zod'

/** Whether two answers mean the same; `undecided` counts as different and is reported. */
export const Equivalence = z.enum(['equal', 'different', 'undecided'])
export type Equivalence = z.infer<typeof Equivalence>

/** What a grader decided about pairs of answers of one task: kept, so that a retry does not decide it again. */
export const Decided = z.strictObject({
  pairs: z.array(z.array(z.string())),
  decisions: z.array(Equivalence),
  /** `GRADER_VERSION` of what decided. */
  graderVersion: z.int().min(1).default(1),
})

/** How the k rollouts of one task voted. */
export const Vote = z.strictObject({
  /** k, the rollouts asked, those without an answer included. */
  size: z.int().min(1),
  /** Classes of equal answers, largest first: the most exact spelling, and how many rollouts gave it. */
  votes: z.array(z.strictObject({ answer: z.string().min(1), count: z.int().min(1) })),
  /** Rollouts without an answer. */
  abstained: z.int().min(0),
  /** p̂, the share of the k rollouts in the largest class, 0 to 1: agreement, not correctness. */
  pHat: z.number().min(0).max(1),
  /** ỹ, the pseudo-label: the answer of the largest class, a drawn one of equally large ones; null without a vote. */
  label: z.string().min(1).nullable(),
  /** Pairs of different spellings that came out `undecided`. */
  undecided: z.int().min(0),
  /** Three spellings of which two pairs are equal and one is different: the largest votes decided who belongs together. */
  contradictions: z.int().min(0).default(0),
})
export type Vote = z.infer<typeof Vote>

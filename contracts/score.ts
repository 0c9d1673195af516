import { z } from 'zod'

/** One line of the file that `agent0 score` reads: a task and what was answered, stored by anyone. */
export const ScoreLine = z.strictObject({
  id: z.string().min(1),
  /** What the executor was asked. */
  question: z.string(),
  /** The curriculum agent's whole text; without it the proposal counts as well formed, with `question`. */
  proposal: z.string().optional(),
  rollouts: z
    .array(
      z.strictObject({
        /** Everything the executor wrote, tool output included. */
        text: z.string(),
        /** Executed tool calls. */
        toolCalls: z.int().min(0),
      }),
    )
    .min(1),
})
export type ScoreLine = z.infer<typeof ScoreLine>

/** What the algorithm makes of such a line, under one preset. */
export interface ScoreRecord {
  id: string
  /** Of each rollout; null where it gives none. */
  answers: (string | null)[]
  votes: { answer: string; count: number }[]
  abstained: number
  /** Agreement, 0 to 1. */
  pHat: number
  label: string | null
  /** Whether the curation filter keeps it. */
  kept: boolean
  dropReason: string | null
  /** `total`, and the terms of core/rewards/curriculum-reward.ts as they enter it. */
  reward: { total: number } & Readonly<Record<string, number>>
  /** What the executor's loss does with it; null where it is not kept, or the loss is not ADPO. */
  adpo: { scale: number; clipLow: number; clipHigh: number } | null
}

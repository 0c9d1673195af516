import { z } from 'zod'

/** A line of a held-out file: a question with its answer. Other fields are ignored. */
export const HeldOutTask = z.looseObject({
  question: z.string().min(1),
  answer: z.union([z.string().min(1), z.number()]),
})

export type HeldOutTask = z.output<typeof HeldOutTask>

import { z } from 'zod'

/** What a run may use before it halts and asks. Checked between training steps and stages. */
export const BudgetConfig = z.strictObject({
  /** Tokens that policies sample, over all iterations. [D] none. */
  sampledTokensMax: z.union([z.literal('none'), z.int().min(1)]).default('none'),
})

export type BudgetConfig = z.output<typeof BudgetConfig>

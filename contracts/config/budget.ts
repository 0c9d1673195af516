import { z } from 'zod'

export const BudgetConfig = z
  .strictObject({
    sampledTokensMax: z
      .union([z.literal('none'), z.int().min(1)])
      .default('none')
      .describe('Tokens that policies sample, over all iterations. [D] none.'),
  })
  .describe('What a run may use before it halts and asks. Checked between training steps and between stages.')

export type BudgetConfig = z.output<typeof BudgetConfig>

import { z } from 'zod'

export const StoreConfig = z
  .strictObject({
    durability: z
      .enum(['power-loss', 'kill'])
      .default('power-loss')
      .describe('What a finished write survives: `power-loss` waits for the disk, `kill` does not. [D] power-loss.'),
  })
  .describe("How the run's artifacts are kept.")

export type StoreConfig = z.output<typeof StoreConfig>
export type Durability = StoreConfig['durability']

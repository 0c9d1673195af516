import { z } from 'zod'

/** How the run's artifacts are kept. Where they lie is the business of the machine. */
export const StoreConfig = z.strictObject({
  /**
   * What a finished write survives: `power-loss` waits for the disk, `kill` leaves that to the kernel, which is enough
   * for processes that die. [D] power-loss.
   */
  durability: z.enum(['power-loss', 'kill']).default('power-loss'),
})

export type StoreConfig = z.output<typeof StoreConfig>
export type Durability = StoreConfig['durability']

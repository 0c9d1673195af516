import { z } from 'zod'

export const SandboxConfig = z
  .strictObject({
    memo: z
      .enum(['on', 'off'])
      .default('on')
      .describe('Whether identical programs of a run are executed once. [D] on.'),
  })
  .describe("Where the executor's programs run.")

export type SandboxConfig = z.output<typeof SandboxConfig>

import { z } from 'zod'

/** Where the executor's programs run. What they may use is the project's own choice (services/sandbox/open.ts). */
export const SandboxConfig = z.strictObject({
  /** Whether identical programs of a run are executed once. The k samples of a task often write the same one. [D] on. */
  memo: z.enum(['on', 'off']).default('on'),
})

export type SandboxConfig = z.output<typeof SandboxConfig>

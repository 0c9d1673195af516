import { z } from 'zod'

/** A limit, or `none`: then nobody looks at it. */
const limit = <T extends z.ZodType>(schema: T) => z.union([z.literal('none'), schema])

/** When a run calls for a person. It changes no result. What each alert means and what to do: docs/operations/alerts.md. */
export const AlertsConfig = z.strictObject({
  /** Minutes without any event in the histories of the run. [D] 60: an attempt at a rollout is over after 30. */
  noProgressMinutes: limit(z.number().gt(0)).default(60),
  /** Minutes that the oldest task of a task queue has waited for a worker. [D] 10: longer than any restart of a worker. */
  queueMinutes: limit(z.number().gt(0)).default(10),
  /** KL(train ‖ server) of a training step, nats per token. [D] 0.01: tinker-cookbook's bound for a stable run. */
  klTrainServerMax: limit(z.number().gt(0)).default(0.01),
  /** Right pseudo-labels of an iteration, of those whose truth is known. [D] 0.5: below it most labels are wrong. */
  labelAccuracyMin: limit(z.number().gt(0).max(1)).default(0.5),
  /** Free share of the disk under the artifact store. [D] 0.1. */
  diskFreeMin: limit(z.number().gt(0).max(0.8)).default(0.1),
  /** A command for `sh -c`, run by a bookkeeping worker once for each alert, with the alert on its standard input. [D] none. */
  onAlert: z.string().regex(/\S/, 'a command for sh -c, or none').default('none'),
})

export type AlertsConfig = z.output<typeof AlertsConfig>

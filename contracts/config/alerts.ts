import { z } from 'zod'

/** A limit, or `none`, which switches the alert off. */
const limit = <T extends z.ZodType>(schema: T) => z.union([z.literal('none'), schema])

export const AlertsConfig = z
  .strictObject({
    noProgressMinutes: limit(z.number().gt(0))
      .default(60)
      .describe(
        'Minutes without any event in the histories of the run. [D] 60: an attempt at a rollout ends after 30.',
      ),
    queueMinutes: limit(z.number().gt(0))
      .default(10)
      .describe(
        'Minutes that the oldest task of a task queue has waited for a worker. [D] 10: longer than any restart of a worker.',
      ),
    klTrainServerMax: limit(z.number().gt(0))
      .default(0.01)
      .describe(
        "KL(train ‖ server) of a training step, nats per token. [D] 0.01: tinker-cookbook's bound for a stable run.",
      ),
    skippedUpdatesMax: limit(z.int().min(0))
      .default(0)
      .describe('Updates of a training step that were skipped because their gradient was not finite. [D] 0.'),
    abstainedMax: limit(z.number().gt(0).max(1))
      .default(0.5)
      .describe(
        'Share of the rollouts of a training step that gave no answer. [D] 0.5: beyond it most labels are votes of a minority.',
      ),
    misreadCallsMax: limit(z.number().gt(0).max(1))
      .default(0.2)
      .describe(
        'Of the calls of a training step that were run or meant, the share that was not understood: written in a form that nobody runs, or without an end. [D] 0.2.',
      ),
    labelAccuracyMin: limit(z.number().gt(0).max(1))
      .default(0.5)
      .describe(
        "Share of an iteration's pseudo-labels that are right, of those whose truth is known. [D] 0.5: below it most labels are wrong.",
      ),
    diskFreeMin: limit(z.number().gt(0).max(0.8))
      .default(0.1)
      .describe('Free share of the disk that holds the artifact store. [D] 0.1.'),
  })
  .describe(
    'When a run needs a person; `none` switches an alert off. Alerts change no result. What each one means and what to do: docs/operations/alerts.md.',
  )

export type AlertsConfig = z.output<typeof AlertsConfig>

import { z } from 'zod'
import { Rollout } from './rollout.ts'
import { TrainingRow } from './training-row.ts'

/** One number of a run: a curve is the rows of one name, ordered by id. */
export const MetricRow = z.strictObject({
  /** What it is a number of: an id of any level. */
  id: z.string().min(1),
  name: z.string().min(1),
  /** Null where it was not measured. */
  value: z.number().nullable(),
})

export type MetricRow = z.output<typeof MetricRow>

/** The rows of our Parquet files by kind. Columns have the names of fields; what is nested deeper than a list is JSON text. */
export const tableRows = { training: TrainingRow, trajectories: Rollout, metrics: MetricRow } as const

export type TableKind = keyof typeof tableRows
export type TableRow<K extends TableKind> = z.output<(typeof tableRows)[K]>

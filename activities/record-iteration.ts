import { iterationKey } from '../contracts/artifact-keys.ts'
import { iterationId } from '../contracts/ids.ts'
import type { IterationSummary } from '../contracts/iteration-summary.ts'
import type { IterationRecord } from '../contracts/run-record.ts'
import type { MetricRow } from '../contracts/table-rows.ts'
import { summariseIteration } from '../core/metrics/iteration-summary.ts'
import type { RunContext, Services } from './services.ts'

export interface RecordIterationInput extends Omit<IterationRecord, 'summary'> {
  context: RunContext
  iteration: number
}

function metricsOf(id: string, summary: IterationSummary): MetricRow[] {
  return Object.entries(summary).flatMap(([name, value]) =>
    typeof value === 'number' || value === null ? [{ id, name, value }] : [],
  )
}

/** Writes what an iteration came to; with it the iteration is over, and a restart goes on behind it. */
export function recordIteration({ store }: Pick<Services, 'store'>) {
  return async ({ context, iteration, ...rest }: RecordIterationInput): Promise<IterationSummary> => {
    const id = iterationId(context.run, iteration)
    const summary = summariseIteration(iteration, rest.stages)
    await store.putTable(`${id}/metrics.parquet`, 'metrics', metricsOf(id, summary))
    const record: IterationRecord = { summary, ...rest }
    await store.putJson(iterationKey(context.run, iteration), record)
    return summary
  }
}

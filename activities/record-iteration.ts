import { iterationKey } from '../contracts/artifact-keys.ts'
import { iterationId, stageId } from '../contracts/ids.ts'
import type { IterationSummary } from '../contracts/iteration-summary.ts'
import type { IterationRecord, StageWork } from '../contracts/run-record.ts'
import type { MetricRow } from '../contracts/table-rows.ts'
import { summariseIteration } from '../core/metrics/iteration-summary.ts'
import { stageWork } from '../core/metrics/stage-work.ts'
import type { RunContext, Services } from './services.ts'

export interface RecordIterationInput extends Omit<IterationRecord, 'summary' | 'work'> {
  context: RunContext
  iteration: number
}

function metricsOf(id: string, summary: IterationSummary): MetricRow[] {
  return Object.entries(summary).flatMap(([name, value]) =>
    typeof value === 'number' || value === null ? [{ id, name, value }] : [],
  )
}

/** Records the results of an iteration; a restarted run resumes after the last recorded one. */
export function recordIteration({ store, histories }: Pick<Services, 'store' | 'histories'>) {
  return async ({ context, iteration, ...rest }: RecordIterationInput): Promise<IterationSummary> => {
    const id = iterationId(context.run, iteration)
    const summary = summariseIteration(iteration, rest.stages)
    await store.putTable(`${id}/metrics.parquet`, 'metrics', metricsOf(id, summary))
    const work: Record<string, StageWork> = {}
    for (const stage of Object.keys(rest.seconds)) {
      const past = await histories.ofStage(stageId(id, stage))
      if (past !== null) work[stage] = stageWork(past)
    }
    const record: IterationRecord = { summary, ...rest, work }
    await store.putJson(iterationKey(context.run, iteration), record)
    return summary
  }
}

import type { z } from 'zod'
import type { Client } from '@temporalio/client'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import type { RunContext } from '../../activities/services.ts'
import type { ArtifactReference } from '../../contracts/artifact-reference.ts'
import { iterationId, runId, stageId, stepId, taskId } from '../../contracts/ids.ts'
import type { RolloutTask } from '../../contracts/loop-records.ts'
import type { RunConfig } from '../../contracts/run-config.ts'
import { Rollout } from '../../contracts/rollout.ts'
import type { TableKind, TableRow } from '../../contracts/table-rows.ts'
import { FakeServices } from './fake-services.ts'
import { smallConfig } from './small-world.ts'

export const RUN = runId('small')
export const iteration = iterationId(RUN, 1)
export const executor = stageId(iteration, 'executor')
export const aStep = stepId(executor, 1)

/** Activities outside a worker, over services in memory. */
export class ActivityRig extends FakeServices {
  /** Stores a config, as `openRun` does. */
  async contextOf(config: RunConfig = smallConfig(RUN)): Promise<RunContext> {
    const name = `${RUN}/config-${String(this.store.references.size + 1).padStart(3, '0')}.json`
    return { run: RUN, config: await this.store.putJson(name, config) }
  }

  /** A manifest of sums to answer, one per right answer given. */
  async sums(...sums: number[]): Promise<ArtifactReference> {
    const tasks = sums.map((sum, index): RolloutTask => ({
      id: taskId(aStep, index),
      question: `Let x=1. Then add ${sum - 1}. What is x?`,
      label: String(sum),
      pHat: 0.5,
      truth: null,
    }))
    return this.store.putRecords(`${aStep}/manifest-${sums.join('-')}.jsonl`, tasks)
  }
}

// What an activity throws is the test's business.
const silent = new DefaultLogger('ERROR', () => {})

/** A result without the times of its requests, which every attempt has its own of. */
export function timeless<T extends { requests: unknown }>({ requests: _requests, ...result }: T): Omit<T, 'requests'> {
  return result
}

/** Runs an activity as the SDK would, in a context of its own; `told` are the details of its heartbeats. */
export function asActivity<I, O>(activity: (input: I) => Promise<O>, input: I, client?: Client) {
  const environment = new MockActivityEnvironment({}, { logger: silent, ...(client && { client }) })
  const told: unknown[] = []
  environment.on('heartbeat', (details: unknown) => told.push(details))
  return { result: environment.run(activity, input) as Promise<O>, told, environment }
}

/**
 * Watches how far the reading of rollouts is ahead of the writing of a table's rows, in rollouts. `before`: those that are read before,
 * for something else.
 */
export function leadOfReader({ store }: ActivityRig, before: number): { rows: number; most: number } {
  const lead = { rows: 0, most: 0 }
  let read = 0
  const [readRecords, putTable] = [store.readRecords.bind(store), store.putTable.bind(store)]
  store.readRecords = async function* <T>(schema: z.ZodType<T>, reference: ArtifactReference) {
    for await (const record of readRecords(schema, reference)) {
      if ((schema as unknown) === Rollout) read++
      yield record
    }
  }
  store.putTable = <K extends TableKind>(
    key: string,
    kind: K,
    rows: Iterable<TableRow<K>> | AsyncIterable<TableRow<K>>,
  ) => {
    async function* watched(): AsyncGenerator<TableRow<K>> {
      for await (const row of rows) {
        lead.most = Math.max(lead.most, read - before - lead.rows++)
        yield row
      }
    }
    return putTable(key, kind, watched())
  }
  return lead
}

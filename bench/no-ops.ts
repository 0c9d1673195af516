import { Client, Connection } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { join } from 'node:path'
import { pastWorkflow } from '../services/temporal/past-workflow.ts'
import { taskQueues } from '../contracts/task-queues.ts'
import { buildWorkflowBundle } from '../workers/build-workflow-bundle.ts'
import { commonOptions, rolloutOptions } from '../workers/kinds.ts'
import { withDevServer } from './dev-server.ts'
import { eventTimes } from './event-times.ts'
import { type Figure, median } from './figures.ts'
import type { noOps, NoOps } from './no-op-workflow.ts'

const REPEATS = 3
const WARM_UP: NoOps = { count: 200, width: 16 }
const SEQUENTIAL: NoOps = { count: 100, width: 1 }
const WIDTHS = [16, 64, 256]
const COUNT = 1_000
const SLOTS = 256

type Measure = (plan: NoOps) => Promise<number>

/** Gives `measure`: milliseconds from the first activity scheduled to the last one completed. */
async function withNoOps<T>(work: (measure: Measure) => Promise<T>): Promise<T> {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  return withDevServer(async ({ address }) => {
    const [connection, native] = await Promise.all([
      Connection.connect({ address }),
      NativeConnection.connect({ address }),
    ])
    const client = new Client({ connection })
    const workflowBundle = await buildWorkflowBundle(join(import.meta.dirname, 'no-op-workflow.ts'))
    const workers = await Promise.all([
      Worker.create({ connection: native, ...commonOptions, taskQueue: taskQueues.workflow, workflowBundle }),
      Worker.create({ connection: native, ...commonOptions, ...rolloutOptions({ noOp: async () => {} }, SLOTS) }),
    ])
    const running = Promise.all(workers.map((worker) => worker.run()))
    let number = 0
    try {
      return await work(async (plan) => {
        const handle = await client.workflow.start<typeof noOps>('noOps', {
          workflowId: `no-ops-${++number}`,
          taskQueue: taskQueues.workflow,
          args: [plan],
        })
        await handle.result()
        const { firstScheduled, lastCompleted } = eventTimes(await pastWorkflow(client, handle.workflowId), 'noOp')
        return lastCompleted - firstScheduled
      })
    } finally {
      for (const worker of workers) worker.shutdown()
      await running
      await Promise.all([native.close(), connection.close()])
    }
  })
}

/** What the server and the SDK take for an activity that does nothing. */
export function noOpFigures(): Promise<Figure[]> {
  return withNoOps(async (measure) => {
    await measure(WARM_UP)
    const plans = [SEQUENTIAL, ...WIDTHS.map((width): NoOps => ({ count: COUNT, width }))]
    const timesByPlan = plans.map((): number[] => [])
    for (let round = 0; round < REPEATS; round++) {
      for (const [index, plan] of plans.entries()) timesByPlan[index]!.push(await measure(plan))
    }
    return plans.map(({ count, width }, index): Figure => {
      const ms = median(timesByPlan[index]!)
      return width === 1
        ? { name: 'no-op activities one after the other, each', value: ms / count, unit: 'ms' }
        : { name: `no-op activities, ${width} at once`, value: (1_000 * count) / ms, unit: '/s' }
    })
  })
}

import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker'
import { join } from 'node:path'
import { installSilentRuntime } from '../support/silent-runtime.ts'
import { ROOT } from '../support/repository.ts'
import { eventually } from '../support/supervised.ts'
import { startTemporalServer, type TemporalServer } from '../support/temporal-server.ts'
import type { WindowReport } from '../support/window-workflows.ts'

installSilentRuntime()

let server: TemporalServer
let worker: Worker
let running: Promise<void>
const taskQueue = 'probes'

beforeAll(async () => {
  server = await startTemporalServer()
  const workflowsPath = join(ROOT, 'tests', 'support', 'window-workflows.ts')
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') })
  worker = await Worker.create({ connection: server.connection, taskQueue, workflowBundle })
  running = worker.run()
}, 60_000)

afterAll(async () => {
  worker.shutdown()
  await running
  await server.close()
})

let started = 0
const begin = (workflow: string, ...args: unknown[]) =>
  server.clientOf('default').workflow.start(workflow, { workflowId: `probe-${started++}`, taskQueue, args })

const report = async (workflow: string, ...args: unknown[]) =>
  (await (await begin(workflow, ...args)).result()) as WindowReport

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

test.each([
  [200, 10],
  [200, 1],
  [5, 10],
])('%i items in a window of %i are begun in order, never more at once, and all are done', async (count, width) => {
  const { begun, done, widest, failure } = await report('windowOf', count, width)
  expect(begun).toEqual(upTo(count))
  expect(done.toSorted((a, b) => a - b)).toEqual(upTo(count))
  expect(widest).toEqual([Math.min(count, width)])
  expect(failure).toBeNull()
})

test('a slow item holds up no other', async () => {
  const { done } = await report('windowOf', 20, 3)
  // Item 6 takes the longest of the first ones.
  expect(done.indexOf(6)).toBeGreaterThan(done.indexOf(7))
})

test('without items there is nothing to wait for', async () => {
  expect(await report('windowOf', 0, 10)).toEqual({ begun: [], done: [], widest: [0], failure: null })
})

test('a paused window begins nothing and ends what is under way; resumed narrower, it keeps to the new width', async () => {
  const { begun, done, widest } = await report('pausedWindow')
  const [before, after, begunWhilePaused] = widest
  expect([before, begunWhilePaused, after]).toEqual([4, 6, 1])
  expect(begun).toEqual(upTo(8))
  expect(done).toEqual(upTo(8))
})

test('after a failure nothing new begins, what is under way ends, and the first failure is thrown', async () => {
  expect(await report('failingWindow')).toEqual({
    begun: [0, 1, 2, 3],
    done: [0, 1],
    widest: [4],
    failure: 'the third',
  })
})

test('a cancelled window waits for the ends of what is under way', async () => {
  const handle = await begin('cancelledWindow')
  await eventually('three are under way', async () => (await handle.query<number>('begun').catch(() => 0)) === 3)
  await handle.cancel()
  expect(await handle.result()).toEqual({ begun: [0, 1, 2], done: [], widest: [3], failure: 'cancelled' })
})

test('workflows that run at once share no state of a module', async () => {
  const handles = await Promise.all(upTo(5).map(() => begin('countsAlone')))
  expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual([1, 1, 1, 1, 1])
})

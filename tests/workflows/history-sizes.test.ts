import { Worker } from '@temporalio/worker'
import type { RunConfig } from '../../contracts/run-config.ts'
import { iterationId, runId, stageId, stepId } from '../../contracts/ids.ts'
import { taskQueues } from '../../contracts/task-queues.ts'
import { firstState } from '../../core/loop/evolution.ts'
import { buildWorkflowBundle } from '../../workers/build-workflow-bundle.ts'
import type { StageInput } from '../../workflows/stage-input.ts'
import { installSilentRuntime } from '../support/silent-runtime.ts'
import { stubActivities, records } from '../support/stub-activities.ts'
import { preset } from '../support/presets.ts'
import { BASE } from '../support/fake-trainer.ts'
import { startTemporalServer, type TemporalServer } from '../support/temporal-server.ts'

/** A history of this length is replayed in less than a second. */
const EVENTS_MAX = 2_000

const run = runId('default')
const iteration = iterationId(run, 1)
/** Tasks that run turn by turn are workflows of their own, and counted apart. */
const config = { ...preset('default'), rollout: { ...preset('default').rollout, traceShare: 0 } }
const context = { run, config: records(1) }
const state = firstState(run, config, BASE)
const policy = state.policies['executor']!
const control = {
  paused: false,
  tasksInFlight: config.rollout.tasksInFlight,
  stopAfterStep: false,
  sampledTokensLeft: null,
}

installSilentRuntime()

let server: TemporalServer
let workers: Worker[]
let running: Promise<unknown>

beforeAll(async () => {
  server = await startTemporalServer()
  const workflowBundle = await buildWorkflowBundle()
  const activities = stubActivities
  const { workflow: workflowQueue, ...activityQueues } = taskQueues
  const { connection } = server
  workers = await Promise.all([
    Worker.create({ connection, taskQueue: workflowQueue, workflowBundle }),
    ...Object.values(activityQueues).map((taskQueue) => Worker.create({ connection, taskQueue, activities })),
  ])
  running = Promise.all(workers.map((worker) => worker.run()))
}, 60_000)

afterAll(async () => {
  for (const worker of workers) worker.shutdown()
  await running
  await server.close()
})

/** Runs a workflow to its end, and gives the length of its history. */
async function lengthOf(workflow: string, input: unknown, workflowId: string): Promise<number> {
  const options = { workflowId, taskQueue: taskQueues.workflow, args: [input] }
  const handle = await server.clientOf('default').workflow.start(workflow, options)
  await handle.result()
  const { events } = await handle.fetchHistory()
  // It was not cut in between.
  expect(events!.at(-1)!.workflowExecutionCompletedEventAttributes).toBeTruthy()
  return events!.length
}

const stage = (name: string, changed: Partial<RunConfig> = {}): StageInput => ({
  context,
  config: { ...config, ...changed },
  stage: stageId(iteration, name),
  name,
  state,
  control,
  curated: { tasks: records(1_000), decisions: records(8_000) },
})

const settings = { samplesPerTask: config.executor.groupSize, tool: 'python', sampling: config.executor.sampling }
const tasks = { context, policy, settings, tasks: records(250) }

const executorStep = stepId(stageId(iteration, 'executor'), 1)
const source = { kind: 'tasks', tasks: tasks.tasks, range: { from: 0, to: 250 } }
const shard = { ...tasks, step: executorStep, shard: 0, siblings: 1, control, source, glassBox: { share: 0, seed: 1 } }

// A stage's history does not depend on how many tasks its shards have, so here they have one. What grows step by step, or
// shard by shard, is run at a part of its size and counted so many times.
const PART = 5
const { curation, executor } = config
const cases: Record<string, { workflow: string; input: unknown; times: number }> = {
  'a shard of 250 tasks': { workflow: 'rolloutShard', input: shard, times: 1 },
  'a task turn by turn': { workflow: 'glassBoxRollout', input: { ...tasks, index: 0 }, times: 1 },
  'the curriculum stage': { workflow: 'onlineTraining', input: stage('curriculum'), times: 1 },
  'the curation stage': {
    workflow: 'curation',
    input: stage('curation', { curation: { ...curation, poolSize: curation.poolSize / PART } }),
    times: PART,
  },
  'the executor stage': {
    workflow: 'onlineTraining',
    input: stage('executor', { executor: { ...executor, tasksPerStep: 1, steps: executor.steps / PART } }),
    times: PART,
  },
}

test('at the sizes of the default config no history has more than 2,000 events', async () => {
  const counted = Object.entries(cases).map(async ([name, { workflow, input, times }]) => {
    return [name, times * (await lengthOf(workflow, input, name.replaceAll(' ', '-')))] as const
  })
  const tooLong = (await Promise.all(counted)).filter(([, events]) => events > EVENTS_MAX)
  expect(tooLong).toEqual([])
}, 120_000)

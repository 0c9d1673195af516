import { WorkflowFailedError } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { Worker } from '@temporalio/worker'
import { join } from 'node:path'
import { failure } from '../../services/failure.ts'
import { buildWorkflowBundle } from '../../workers/build-workflow-bundle.ts'
import { commonOptions } from '../../workers/kinds.ts'
import { installSilentRuntime } from '../support/silent-runtime.ts'
import { ROOT } from '../support/repository.ts'
import { startTemporalServer, type TemporalServer } from '../support/temporal-server.ts'

installSilentRuntime()

const MESSAGES: Record<string, string> = {
  'half a character': 'x\ud800y',
  'six megabytes': `begin${'<html>'.repeat(1_000_000)}end`,
  'a megabyte of half characters': '\udc00'.repeat(1_000_000),
  'NUL, escape sequences and bidi': 'a\0b\u001b]0;t\u0007c\u202ed\u009b',
}

const thrownAs: Record<string, (message: string) => Error> = {
  'a refusal of ours': (message) => failure('Llm.BadRequest', message),
  'a refusal with a cause': (message) => failure('Llm.BadRequest', 'it failed', new Error(message)),
  'a foreign error in a refusal': (message) =>
    ApplicationFailure.create({
      message: 'outer',
      nonRetryable: true,
      cause: Object.assign(new Error(message), { name: message }),
    }),
}

let server: TemporalServer
let worker: Worker
let running: Promise<void>
let attempts = 0
const taskQueue = 'failing'

beforeAll(async () => {
  server = await startTemporalServer()
  const workflowBundle = await buildWorkflowBundle(join(ROOT, 'tests', 'support', 'failing-workflows.ts'))
  const activities = {
    refuse: async (kind: string) => {
      attempts++
      const [thrown, message] = kind.split(': ')
      throw thrownAs[thrown!]!(MESSAGES[message!]!)
    },
  }
  worker = await Worker.create({
    ...commonOptions,
    connection: server.connection,
    taskQueue,
    workflowBundle,
    activities,
  })
  running = worker.run()
}, 60_000)

afterAll(async () => {
  worker.shutdown()
  await running
  await server.close()
})

let started = 0
const run = (workflow: string, ...args: unknown[]) =>
  server.clientOf('default').workflow.execute(workflow, { workflowId: `failing-${started++}`, taskQueue, args })

const kinds = Object.keys(thrownAs).flatMap((thrown) => Object.keys(MESSAGES).map((message) => `${thrown}: ${message}`))

test.each(kinds)('%s arrives at the first attempt, readable, and the worker lives', async (kind) => {
  const before = attempts
  const message = (await run('whatFails', kind)) as string
  expect(attempts).toBe(before + 1)
  expect(message.length).toBeGreaterThan(0)
  expect(message.length).toBeLessThanOrEqual(2_000)
  expect(message).not.toMatch(/\p{Surrogate}/u)
  expect(worker.getState()).toBe('RUNNING')
})

test.each([
  ['x\ud800y', 1],
  ['<html>', 1_000_000],
  ['\udc00', 1_000_000],
  ['\0\u001b]0;t\u0007\u202e', 1],
])('a workflow that fails with %j × %i ends with that failure', async (piece, times) => {
  const error = await run('failsItself', piece, times).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(WorkflowFailedError)
  expect((error as WorkflowFailedError).cause!.message.length).toBeLessThanOrEqual(2_000)
  expect(worker.getState()).toBe('RUNNING')
})

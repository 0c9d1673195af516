import { Worker, type WorkerOptions } from '@temporalio/worker'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createBookkeepingActivities,
  createRolloutActivities,
  createTrainingActivities,
} from '../../activities/index.ts'
import { IterationRecord } from '../../contracts/run-record.ts'
import { taskQueues } from '../../contracts/task-queues.ts'
import type { RunConfig } from '../../contracts/run-config.ts'
import type { RunStatus } from '../../contracts/run-status.ts'
import { runId } from '../../contracts/ids.ts'
import { openHistories } from '../../services/temporal/open.ts'
import { buildWorkflowBundle } from '../../workers/build-workflow-bundle.ts'
import { dataConverter } from '../../workers/data-converter.ts'
import type { EvolutionInput, EvolutionResult } from '../../workflows/evolution.ts'
import { FakeServices } from './fake-services.ts'
import { installSilentRuntime } from './silent-runtime.ts'
import type { TemporalServer } from './temporal-server.ts'

installSilentRuntime()

let bundle: ReturnType<typeof buildWorkflowBundle> | undefined

/** Real workflows and real activities on a namespace of a real Temporal server, over services in memory. */
export class LoopWorld extends FakeServices {
  readonly #server: TemporalServer
  readonly #namespace: string
  #workers: Worker[] = []
  #running: Promise<unknown> = Promise.resolve()

  constructor(server: TemporalServer, namespace = 'default') {
    super()
    this.#server = server
    this.#namespace = namespace
  }

  get client() {
    return this.#server.clientOf(this.#namespace)
  }

  async start(): Promise<void> {
    const histories = openHistories(this.#server.connection, this.#namespace, (problem) => {
      throw new Error(problem)
    })
    const services = { ...this.services, histories }
    bundle ??= buildWorkflowBundle()
    const wirings: Pick<WorkerOptions, 'taskQueue' | 'activities' | 'workflowBundle'>[] = [
      { taskQueue: taskQueues.workflow, workflowBundle: await bundle },
      { taskQueue: taskQueues.rollout, activities: createRolloutActivities(services) },
      { taskQueue: taskQueues.training, activities: createTrainingActivities(services) },
      { taskQueue: taskQueues.bookkeeping, activities: createBookkeepingActivities(services) },
    ]
    const common = {
      dataConverter,
      connection: this.#server.connection,
      namespace: this.#namespace,
      maxCachedWorkflows: 50,
      // A cancellation comes with the answer to a heartbeat.
      maxHeartbeatThrottleInterval: 100,
      defaultHeartbeatThrottleInterval: 100,
      shutdownForceTime: '5s',
    }
    this.#workers = await Promise.all(wirings.map((wiring) => Worker.create({ ...common, ...wiring })))
    this.#running = Promise.all(this.#workers.map((worker) => worker.run()))
  }

  async close(): Promise<void> {
    for (const worker of this.#workers.splice(0)) worker.shutdown()
    await this.#running
  }

  begin(config: RunConfig) {
    const input: EvolutionInput = { run: runId(config.name), config }
    return this.client.workflow.start<(input: EvolutionInput) => Promise<EvolutionResult>>('evolution', {
      workflowId: `agent0/${config.name}`,
      taskQueue: taskQueues.workflow,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
    })
  }

  /** An order to a run; resolves when it is taken. */
  async update(run: string, update: string, argument?: unknown): Promise<void> {
    await this.client.workflow.getHandle(`agent0/${run}`).executeUpdate<void, [unknown]>(update, { args: [argument] })
  }

  /** A workflow's status, once it is one of those that `isMeant` knows; throws if the workflow ends without. */
  async statusOf<T>(workflowId: string, isMeant: (status: T) => boolean, signal?: AbortSignal): Promise<T> {
    const handle = this.client.workflow.getHandle(workflowId)
    for (;;) {
      // Before its first workflow task a workflow has no handlers.
      const status = await handle.query<T>('status').catch(() => undefined)
      if (status !== undefined && isMeant(status)) return status
      const { name } = await handle.describe().then(
        ({ status: state }) => state,
        () => ({ name: 'not begun' }),
      )
      if (name === 'COMPLETED' || name === 'FAILED')
        throw new Error(`${workflowId} is over: ${name}. ${JSON.stringify(await handle.result().catch(String))}`)
      await sleep(100, undefined, { signal })
    }
  }

  /** The status of a run, once it is a meant one. */
  status(run: string, isMeant: (status: RunStatus) => boolean, signal?: AbortSignal): Promise<RunStatus> {
    return this.statusOf(`agent0/${run}`, isMeant, signal)
  }

  /** The events of a workflow's latest run. */
  async eventsOf(workflowId: string) {
    const { events } = await this.client.workflow.getHandle(workflowId).fetchHistory()
    return events ?? []
  }

  /** The run's result; throws at once where a stage halts. */
  async finish(config: RunConfig): Promise<EvolutionResult> {
    const handle = await this.begin(config)
    const over = new AbortController()
    const halted = this.status(config.name, (status) => status.halted !== null, over.signal)
    const failed = halted.then(
      ({ halted: why }) => {
        throw new Error(`halted at ${why!.stage}: ${why!.reason}`)
      },
      // It is over: the result says how, though it may be seen a moment later.
      () => handle.result(),
    )
    try {
      return await Promise.race([handle.result(), failed])
    } finally {
      over.abort()
      // A query under way must not outlive its server.
      await halted.catch(() => {})
    }
  }

  /**
   * What a run left in the store, by key: digests; of records that hold times, the rest. Keys that hold the digest of the
   * run's config hold its name instead, so that runs under configs that change no result can be compared.
   */
  async artifacts(run: string): Promise<Record<string, unknown>> {
    const keys = await this.store.list(run)
    const configs = keys.filter((key) => /\/config-\d+\.json$/.test(key))
    const nameOf = (key: string) =>
      configs.reduce((name, config) => {
        const tag = this.store.references.get(config)!.sha256.slice(0, 8)
        return name.replace(`-${tag}`, `-${config.slice(-'config-001.json'.length, -'.json'.length)}`)
      }, key)
    const entries = keys.map(async (key) => {
      const reference = this.store.references.get(key)!
      if (!key.endsWith('/record.json')) return [nameOf(key), reference.sha256]
      const {
        seconds: _times,
        serverUse: _use,
        work: _work,
        ...rest
      } = await this.store.getJson(IterationRecord, reference)
      return [key, rest]
    })
    return Object.fromEntries(await Promise.all(entries)) as Record<string, unknown>
  }
}

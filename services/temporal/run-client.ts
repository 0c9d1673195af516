import type { Client, Connection, WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client'
import type { Alert, QueueBacklog } from '../../contracts/alert.ts'
import type { History } from '@temporalio/common/lib/proto-utils.js'
import { currentConfig } from '../../contracts/former-config.ts'
import {
  type RunUpdates,
  type Signals,
  searchAttributes,
  STATUS_QUERY,
  workflowTypes,
} from '../../contracts/messages.ts'
import type { RunConfig } from '../../contracts/run-config.ts'
import type { RunOutcome } from '../../contracts/run-status.ts'
import { type TaskQueue, taskQueues } from '../../contracts/task-queues.ts'
import { millisecondsOf } from './milliseconds.ts'
import { withConnection } from './with-connection.ts'

/** How a run ended. */
export type RunEnding = RunOutcome | { kind: 'cancelled' } | { kind: 'failed'; reason: string }

/** What the server knows about a run, even without workers. Times in milliseconds since 1970. */
export interface RunEntry {
  run: string
  /** Null while it runs. */
  ending: RunEnding | null
  /** When it was last started. */
  startedAt: number
  endedAt: number | null
  /** The latest iteration that has started; null before the first. */
  iteration: number | null
  /** Held-out mean@k of the latest evaluation. */
  score: number | null
}

/** What happened to an update of a run. */
export type UpdateOutcome = { kind: 'done' } | { kind: 'rejected'; reason: string } | { kind: 'no-answer' }

const ID_PREFIX = 'agent0/'
/** A worker answers in milliseconds; if none does, a person should not wait long. */
const QUERY_TIMEOUT_MS = 2_000
const UPDATE_TIMEOUT_MS = 10_000
const CALL_TIMEOUT_MS = 5_000
const LISTED_MAX = 50

/** Events that are no progress (temporal.api.enums.v1): workflow tasks, timers, signals. */
const NO_MOVEMENT = new Set<number | null | undefined>([5, 6, 7, 8, 9, 17, 18, 26])
/** Events read to find the latest one that is progress; few others follow it. */
const LATEST_EVENTS = 100
const TASK_QUEUE_TYPE = { workflow: 1, activity: 2 }

const GRPC = { cancelled: 1, deadlineExceeded: 4, notFound: 5, failedPrecondition: 9, unavailable: 14 }
/** The statuses of a call that has timed out. */
const TIME_IS_UP: readonly (number | undefined)[] = [GRPC.deadlineExceeded, GRPC.cancelled]

/** The gRPC status of an error or of its causes. */
function grpcCode(error: unknown): number | undefined {
  for (let at = error as { code?: unknown; cause?: unknown } | undefined; at != null; at = at.cause as typeof at)
    if (typeof at.code === 'number') return at.code
  return undefined
}

/** Whether the server does not answer. By code: the error classes take a quarter of a second to load. */
export function isServerAway(error: unknown): boolean {
  const code = grpcCode(error)
  return code === GRPC.unavailable || TIME_IS_UP.includes(code)
}

/** Whether the server does not know the workflow. Some calls of the SDK wrap this error, some do not. */
export const isNotFound = (error: unknown) =>
  (error as Error).name === 'WorkflowNotFoundError' || grpcCode(error) === GRPC.notFound

/** The message of the innermost cause. */
function rootMessage(error: unknown): string {
  let at = error as Error
  while (at.cause instanceof Error) at = at.cause
  return at.message
}

/** A run's workflow id. Ids of its stages and shards are paths below it. */
export const workflowIdOf = (run: string) => `${ID_PREFIX}${run}`

/**
 * A workflow task takes milliseconds; after this time the task of a killed worker goes to another one. The default is ten seconds.
 * Children take it over.
 */
const WORKFLOW_TASK_TIMEOUT = '5 seconds'

/** The runs of a Temporal server: starts, updates and queries them. Throws what the server throws. */
export class RunClient {
  readonly #connection: Connection
  readonly #client: Client
  readonly #calls = new Set<Promise<unknown>>()

  constructor(connection: Connection, client: Client) {
    this.#connection = connection
    this.#client = client
  }

  /** Starts a run unless one of its name is running. Of two that start it at once, one has started it. */
  async start(config: RunConfig): Promise<'started' | 'already-running'> {
    const { defineSearchAttributeKey } = await import('@temporalio/common')
    const { name: run, recipe, model } = config
    const { name, type } = searchAttributes.run
    try {
      await this.#call(() =>
        this.#client.workflow.start(workflowTypes.evolution, {
          workflowId: workflowIdOf(run),
          taskQueue: taskQueues.workflow,
          args: [{ run, config }],
          // USE_EXISTING would not say whether the run was started.
          workflowIdConflictPolicy: 'FAIL',
          workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
          typedSearchAttributes: [{ key: defineSearchAttributeKey(name, type), value: run }],
          staticSummary: `${run}: ${recipe} from ${model.base}`,
          staticDetails: `\`agent0 watch ${run}\` follows it, \`agent0 report ${run}\` shows its results.`,
        }),
      )
      return 'started'
    } catch (error) {
      if ((error as Error).name === 'WorkflowExecutionAlreadyStartedError') return 'already-running'
      throw error
    }
  }

  /** A run by its name; null if the server does not know it. */
  async find(run: string): Promise<RunEntry | null> {
    const description = await this.describe(workflowIdOf(run))
    return description === null ? null : this.#entryOf(description)
  }

  /** The latest 50 runs that the server knows, newest first. It forgets old ones; their artifacts stay. */
  async list(): Promise<RunEntry[]> {
    const query = `WorkflowType = "${workflowTypes.evolution}" AND ExecutionStatus != "ContinuedAsNew"`
    const names = new Set<string>()
    await this.#call(async () => {
      for await (const { workflowId } of this.#client.workflow.list({ query })) {
        names.add(workflowId.slice(ID_PREFIX.length))
        if (names.size === LISTED_MAX) break
      }
    })
    // Each is described again: the list lags behind a little.
    const entries = await Promise.all([...names].map((run) => this.find(run)))
    return entries.filter((entry) => entry !== null).toSorted((left, right) => right.startedAt - left.startedAt)
  }

  /** Names of the running runs. The server's list lags behind a little. */
  async running(): Promise<string[]> {
    const query = `WorkflowType = "${workflowTypes.evolution}" AND ExecutionStatus = "Running"`
    const names: string[] = []
    await this.#call(async () => {
      for await (const { workflowId } of this.#client.workflow.list({ query })) {
        names.push(workflowId.slice(ID_PREFIX.length))
      }
    })
    return names
  }

  /** When a workflow last made progress, ms since 1970: work was started or has ended, a person sent an update. */
  async movedAt(workflowId: string): Promise<number | null> {
    const { history } = await this.#call(() =>
      this.#client.workflowService.getWorkflowExecutionHistoryReverse({
        namespace: this.#client.options.namespace,
        execution: { workflowId },
        maximumPageSize: LATEST_EVENTS,
      }),
    )
    const events = history?.events ?? []
    return millisecondsOf((events.find(({ eventType }) => !NO_MOVEMENT.has(eventType)) ?? events.at(-1))?.eventTime)
  }

  /** The backlog of a task queue, of all runs of the namespace. */
  async backlogOf(queue: TaskQueue): Promise<QueueBacklog> {
    const { stats, pollers } = await this.#call(() =>
      this.#client.workflowService.describeTaskQueue({
        namespace: this.#client.options.namespace,
        taskQueue: { name: queue },
        taskQueueType: queue === taskQueues.workflow ? TASK_QUEUE_TYPE.workflow : TASK_QUEUE_TYPE.activity,
        reportStats: true,
      }),
    )
    const waiting = Number(String(stats?.approximateBacklogCount ?? 0))
    const oldestMs = waiting === 0 ? 0 : (millisecondsOf(stats?.approximateBacklogAge) ?? 0)
    return { queue, waiting, oldestMs, isPolled: (pollers ?? []).length > 0 }
  }

  /** Sends a run its alerts, which its status shows. Does nothing if the run has ended. */
  async sendAlerts(run: string, alerts: Alert[]): Promise<void> {
    const signal: keyof Signals = 'alerts'
    try {
      await this.#call(() => this.#client.workflow.getHandle(workflowIdOf(run)).signal(signal, alerts))
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  /** The config that the run's latest iteration was started with. */
  async configOf(run: string): Promise<RunConfig> {
    const { defaultPayloadConverter } = await import('@temporalio/common')
    const { history } = await this.#call(() =>
      this.#client.workflowService.getWorkflowExecutionHistory({
        namespace: this.#client.options.namespace,
        execution: { workflowId: workflowIdOf(run) },
        maximumPageSize: 1,
      }),
    )
    const payload = history!.events![0]!.workflowExecutionStartedEventAttributes!.input!.payloads![0]!
    return currentConfig(defaultPayloadConverter.fromPayload<{ config: RunConfig }>(payload).config)
  }

  /** Queries the status of a workflow; null if no worker answers, or the workflow has not started yet. */
  async status<T>(workflowId: string): Promise<T | null> {
    try {
      return await this.#call(
        () => this.#client.workflow.getHandle(workflowId).query<T>(STATUS_QUERY),
        QUERY_TIMEOUT_MS,
      )
    } catch (error) {
      const code = grpcCode(error)
      const unanswered = TIME_IS_UP.includes(code) || code === GRPC.failedPrecondition
      if (unanswered || isNotFound(error) || (error as Error).name === 'QueryNotRegisteredError') return null
      throw error
    }
  }

  /** What the server knows about a workflow; null if it does not know it. */
  async describe(workflowId: string, runId?: string): Promise<WorkflowExecutionDescription | null> {
    try {
      return await this.#call(() => this.#client.workflow.getHandle(workflowId, runId).describe())
    } catch (error) {
      if (isNotFound(error)) return null
      throw error
    }
  }

  /** Histories of a workflow and of all below it; of all running workflows if none is named. */
  async *histories(workflowId: string | null): AsyncGenerator<{ workflowId: string; history: History }> {
    const quoted = workflowId?.replaceAll(/["\\]/g, '')
    const query =
      workflowId === null
        ? `WorkflowId STARTS_WITH "${ID_PREFIX}" AND ExecutionStatus = "Running"`
        : `WorkflowId = "${quoted}" OR WorkflowId STARTS_WITH "${quoted}/"`
    for await (const { workflowId: id, runId } of this.#client.workflow.list({ query })) {
      const history = await this.#call(() => this.#client.workflow.getHandle(id, runId).fetchHistory())
      yield { workflowId: id, history: history as History }
    }
  }

  /** Sends an update to a running run. */
  async update<K extends keyof RunUpdates>(run: string, name: K, ...args: RunUpdates[K]): Promise<UpdateOutcome> {
    const handle = this.#client.workflow.getHandle(workflowIdOf(run))
    try {
      // The SDK has an overload for each number of arguments; ours differ by update.
      await this.#call(() => handle.executeUpdate<void, []>(name, { args: args as [] }), UPDATE_TIMEOUT_MS)
      return { kind: 'done' }
    } catch (error) {
      switch ((error as Error).name) {
        case 'WorkflowUpdateFailedError':
          return { kind: 'rejected', reason: rootMessage(error) }
        case 'WorkflowNotFoundError':
          return { kind: 'rejected', reason: 'the run has just ended' }
        case 'WorkflowUpdateRPCTimeoutOrCancelledError':
          return { kind: 'no-answer' }
        default:
          throw error
      }
    }
  }

  /** Cancels a run; finished work is kept. Needs no worker, though running activities end only if theirs is alive. */
  async cancel(run: string): Promise<void> {
    await this.#call(() => this.#client.workflow.getHandle(workflowIdOf(run)).cancel())
  }

  /** Waits for abandoned calls: if the SDK retried one on a closed connection, the process would end. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#calls)
  }

  #call<T>(action: () => Promise<T>, timeoutMs = CALL_TIMEOUT_MS): Promise<T> {
    const call = this.#connection.withDeadline(Date.now() + timeoutMs, action)
    this.#calls.add(call)
    const isOver = () => void this.#calls.delete(call)
    call.then(isOver, isOver)
    return call
  }

  async #entryOf(description: WorkflowExecutionDescription): Promise<RunEntry> {
    const { workflowId, status, closeTime, searchAttributes: attributes } = description
    const isRunning = status.name === 'RUNNING' || status.name === 'PAUSED'
    const numberOf = ({ name }: { name: string }) => (attributes[name]?.[0] as number | undefined) ?? null
    return {
      run: workflowId.slice(ID_PREFIX.length),
      ending: isRunning ? null : await this.#endingOf(this.#client.workflow.getHandle(workflowId)),
      startedAt: await this.#startOf(description),
      endedAt: closeTime?.getTime() ?? null,
      iteration: numberOf(searchAttributes.iteration),
      score: numberOf(searchAttributes.score),
    }
  }

  /** Each iteration has a history of its own; the first one started the run. Milliseconds since 1970. */
  async #startOf({ workflowId, runId, raw, startTime }: WorkflowExecutionDescription): Promise<number> {
    const first = raw.workflowExecutionInfo?.firstRunId
    if (!first || first === runId) return startTime.getTime()
    return ((await this.describe(workflowId, first)) ?? { startTime }).startTime.getTime()
  }

  async #endingOf(handle: WorkflowHandle): Promise<RunEnding> {
    try {
      return (await this.#call(() => handle.result())) as RunOutcome
    } catch (error) {
      if ((error as Error).name !== 'WorkflowFailedError') throw error
      const { cause } = error as Error
      const isCancelled = cause instanceof Error && cause.name === 'CancelledFailure'
      return isCancelled ? { kind: 'cancelled' } : { kind: 'failed', reason: rootMessage(error) }
    }
  }
}

/** Calls `use` with the runs of the Temporal server at `host:port`. Throws if there is no server. */
export async function withRuns<T>(
  { address, namespace }: { address: string; namespace: string },
  use: (runs: RunClient) => Promise<T>,
): Promise<T> {
  return withConnection(address, async (connection) => {
    const { Client } = await import('@temporalio/client')
    const runs = new RunClient(connection, new Client({ connection, namespace }))
    try {
      return await use(runs)
    } finally {
      await runs.settled()
    }
  })
}

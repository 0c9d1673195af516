import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { Alert, AlertEntry, DiskSpace, Observation, QueueBacklog } from '../contracts/alert.ts'
import { AlertsConfig } from '../contracts/config/alerts.ts'
import { parseId, runId, type StageId } from '../contracts/ids.ts'
import { taskQueues } from '../contracts/task-queues.ts'
import { afterEntry, changesOf, shownAlerts } from '../core/alerts/alert-list.ts'
import { findingsOf } from '../core/alerts/find-causes.ts'
import { stallReason } from '../core/alerts/stall.ts'
import { runAlertCommand } from '../services/alerts/alert-command.ts'
import { putAlertEntry, readAlertEntries } from '../services/artifact-store/alert-entries.ts'
import type { ArtifactStore } from '../contracts/ports/index.ts'
import { latestLabels, latestStep } from '../services/artifact-store/run-measures.ts'
import { type RunClient, withRuns, workflowIdOf } from '../services/temporal/run-client.ts'
import { type RunView, viewRun } from '../services/temporal/run-view.ts'

export interface WatchOptions {
  temporal: { address: string; namespace: string }
  store: ArtifactStore
  everyMs: number
  /** A command for each new alert, for `sh -c`; or `none`. */
  onAlert: string
  logger: Logger
}

/** A look that is this many intervals late counts as a gap. */
const GAP = 3

/** Of a run that trains nothing now. */
const noStep = { kl: null, skipped: null, rollouts: null }

/** Observations that all runs share. */
interface Shared {
  queues: QueueBacklog[]
  disk: DiskSpace | null
}

/** Watches the runs of a namespace, and raises and clears their alerts. Watchers on other machines may do the same. */
class Watcher {
  readonly #options: WatchOptions
  readonly #stopped: AbortSignal
  readonly #name = `${hostname()}/${process.pid}/${randomUUID()}`
  #watchedSince = 0
  #lookedAt = Number.NEGATIVE_INFINITY
  #known: ReadonlySet<string> = new Set()

  constructor(options: WatchOptions, stopped: AbortSignal) {
    this.#options = options
    this.#stopped = stopped
  }

  /** Looks at all runs once. Returns its problems, a sentence each. */
  async look(): Promise<string[]> {
    const problems: string[] = []
    await withRuns(this.#options.temporal, async (runs) => {
      const running = await runs.running()
      const [at, before] = [Date.now(), this.#known]
      if (at - this.#lookedAt > GAP * this.#options.everyMs) this.#watchedSince = at
      this.#known = new Set(running)
      // A run that has just ended is looked at once more, because of its last iteration.
      const names = [...new Set([...running, ...before])]
      const shared = names.length === 0 ? undefined : await this.#shared(runs)
      for (const run of names) {
        await this.#lookAt(runs, run, shared!).catch((error: Error) => void problems.push(`${run}: ${error.message}`))
      }
    })
    this.#lookedAt = Date.now()
    return problems
  }

  async #shared(runs: RunClient): Promise<Shared> {
    const queues = await Promise.all(Object.values(taskQueues).map((queue) => runs.backlogOf(queue)))
    return { queues, disk: await this.#options.store.space() }
  }

  async #lookAt(runs: RunClient, run: string, shared: Shared): Promise<void> {
    const view = await viewRun(runs, run)
    if (view === null) return
    const { alerts: limits } = await runs.configOf(run)
    // A run that was started before there were alerts has the defaults.
    const config = AlertsConfig.parse(limits ?? {})
    const findings = findingsOf(config, await this.#observe(runs, view, shared))
    const { alerts, written } = await this.#write(run, findings)
    for (const entry of written) this.#log(run, entry)
    const shown = shownAlerts(alerts)
    // Unknown if no worker answers, or one of an earlier version.
    const told = view.status?.alerts
    const isNews = told === undefined ? written.length > 0 : !isDeepStrictEqual(told, shown)
    try {
      if (isNews) await runs.sendAlerts(run, shown)
    } finally {
      await this.#callPerson(run, written)
    }
  }

  async #observe(runs: RunClient, view: RunView, shared: Shared): Promise<Observation> {
    const { store } = this.#options
    const { at, entry, status, stage, pendingFailures, workflows } = view
    const run = runId(entry.run)
    const labels = await latestLabels(store, run)
    const known = { at, watchedSince: this.#watchedSince, where: run, isPaused: false, labels }
    const stall = stallReason(status, stage, pendingFailures)
    // Of a run that has ended only its results can be bad.
    if (entry.ending !== null) return { ...known, stall, movedAt: null, queues: [], disk: null, ...noStep }
    const moves = await Promise.all(workflows.map((id) => runs.movedAt(id)))
    const where = (workflows[1] ?? workflows[0]!).slice(workflowIdOf('').length)
    const parsed = parseId(where)
    return {
      ...known,
      ...shared,
      where,
      movedAt: Math.max(...moves.map((moved) => moved ?? 0)),
      stall,
      isPaused: status?.control.paused ?? false,
      ...(parsed.ok && parsed.level === 'stage' ? await latestStep(store, where as StageId) : noStep),
    }
  }

  /** Writes changes. If another watcher was first with an entry, the next look continues from that one. */
  async #write(name: string, findings: ReturnType<typeof findingsOf>) {
    const [{ store }, run, by] = [this.#options, runId(name), this.#name]
    const entries = await readAlertEntries(store, run)
    let alerts: Alert[] = entries.reduce(afterEntry, [] as Alert[])
    const written: AlertEntry[] = []
    for (const change of changesOf(alerts, findings)) {
      const entry = { ...change, at: new Date().toISOString(), by }
      const stands = await putAlertEntry(store, run, entries.length + written.length + 1, entry)
      alerts = afterEntry(alerts, stands)
      if (stands.by !== by) break
      written.push(entry)
    }
    return { alerts, written }
  }

  #log(run: string, { change, cause }: AlertEntry): void {
    const { kind: alert, where, wrong, advice } = cause
    if (change === 'raised') this.#options.logger.warn({ alert, run, where, advice }, `${wrong}. What to do: ${advice}`)
    else this.#options.logger.info({ alert, run, where }, `cleared: ${wrong}`)
  }

  async #callPerson(run: string, written: readonly AlertEntry[]): Promise<void> {
    const { onAlert: command } = this.#options
    if (command === 'none') return
    for (const { cause, at } of written.filter(({ change }) => change === 'raised')) {
      const problem = await runAlertCommand(command, { run, ...cause, raisedAt: at }, this.#stopped)
      if (problem === null) continue
      this.#options.logger.error({ run, command, alert: cause.kind }, `onAlert failed: ${problem}`)
    }
  }
}

/** Watches runs until it is stopped. A problem is logged once, and the next look tries again. */
export function watchRuns(options: WatchOptions): { stop(): Promise<void> } {
  const stop = new AbortController()
  const watcher = new Watcher(options, stop.signal)
  const watching = async () => {
    let before: string[] = []
    while (!stop.signal.aborted) {
      const problems = await watcher.look().catch((error: Error) => [error.message])
      for (const problem of problems)
        if (!before.includes(problem)) options.logger.error({ problem }, `cannot watch for alerts: ${problem}`)
      before = problems
      await sleep(options.everyMs, undefined, { signal: stop.signal }).catch(() => {})
    }
  }
  const over = watching()
  return {
    stop: async () => {
      stop.abort()
      await over
    },
  }
}

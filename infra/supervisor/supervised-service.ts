import type { Writable } from 'node:stream'
import { reasonOf } from '../../host/problem.mjs'
import { backoffMs } from './backoff.ts'
import { endProcess, type ProcessIdentity } from '../../host/process-identity.ts'
import type { Service, ServiceState } from './service.ts'
import { type GuardedProcess, spawnGuarded } from './spawn-guarded.ts'
import type { ServiceReport } from './state-file.ts'

/** Times in milliseconds; tests use shorter ones. */
export interface SupervisionTimes {
  healthPollStartingMs: number
  healthPollMs: number
  /** Failing health checks for this long: the service hangs, and is started again. */
  hangAfterMs: number
  /** A life that was healthy for so long forgives the failures before it, and the next one begins at once. */
  stableAfterMs: number
  /** From SIGTERM to SIGKILL. */
  stopGraceMs: number
}

export const defaultTimes: SupervisionTimes = {
  healthPollStartingMs: 100,
  healthPollMs: 5_000,
  hangAfterMs: 60_000,
  stableAfterMs: 10_000,
  stopGraceMs: 20_000,
}

/** The spares of all services hold 1.0 GB; a life is not to run out of memory because another one waits. */
const SPARE_ROOM_BYTES = 2 * 2 ** 30

/** What a supervised service writes to and how patient it is. */
export interface Surroundings {
  lockFile: string
  log: Writable
  /** Called with each new report. */
  onChange: (report: ServiceReport) => void
  times: SupervisionTimes
}

/** Resolves after the time, or as soon as one of the signals aborts. */
function pause(milliseconds: number, ...signals: AbortSignal[]): Promise<void> {
  const signal = AbortSignal.any(signals)
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}

/** Keeps one service running until told to stop. */
export class SupervisedService {
  readonly service: Service
  /** Resolves when the service has been healthy for the first time. */
  readonly firstHealthy: Promise<void>
  report: ServiceReport
  readonly #surroundings: Surroundings
  readonly #stop = new AbortController()
  #life: ProcessIdentity | undefined
  /** The next life, where the service keeps one ready. */
  #spare: GuardedProcess | undefined
  #healthySince: number | undefined
  #finished: Promise<void> | undefined
  #onFirstHealthy: () => void = () => {}

  constructor(service: Service, surroundings: Surroundings) {
    this.service = service
    this.#surroundings = surroundings
    this.report = { name: service.name, state: 'waiting', address: service.address, restarts: 0 }
    this.firstHealthy = new Promise((resolve) => (this.#onFirstHealthy = resolve))
  }

  start(): void {
    this.#finished ??= this.service.command === undefined ? this.#watchOutsider() : this.#keepRunning()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#endSpare() // before the life, which it would follow
    if (this.#life !== undefined) {
      this.#tell('stopping')
      await endProcess(this.#life, this.#surroundings.times.stopGraceMs)
    }
    await this.#finished
    this.#tell('stopped')
  }

  #tell(state: ServiceState, reason?: string): void {
    const { name, address, restarts, startedAt } = this.report
    const life = this.#life && { process: this.#life, startedAt: startedAt ?? new Date().toISOString() }
    const counted = state === 'restarting' ? restarts + 1 : restarts
    const spare = this.#spare?.identity && { spare: this.#spare.identity }
    this.report = {
      name,
      state,
      address,
      restarts: counted,
      ...life,
      ...spare,
      ...(reason !== undefined && { reason }),
    }
    this.#surroundings.onChange(this.report)
  }

  #spawn(): GuardedProcess {
    const { lockFile, log } = this.#surroundings
    return spawnGuarded(this.service.command!, lockFile, log)
  }

  /** Has the next life wait behind the present one, where there is room for it. */
  #keepSpare(): void {
    if (!this.service.command?.waitsForLock || this.#spare !== undefined) return
    if (process.availableMemory() < SPARE_ROOM_BYTES) return
    const spare = this.#spawn()
    this.#spare = spare
    void spare.ended.then(() => {
      if (this.#spare === spare) this.#spare = undefined
    })
  }

  async #endSpare(): Promise<void> {
    const { identity } = this.#spare ?? {}
    if (identity !== undefined) await endProcess(identity, this.#surroundings.times.stopGraceMs)
  }

  async #keepRunning(): Promise<void> {
    let failuresInARow = 0
    for (;;) {
      const reason = await this.#liveOnce()
      if (this.#stop.signal.aborted) return
      const healthyMs = this.#healthySince === undefined ? 0 : performance.now() - this.#healthySince
      failuresInARow = healthyMs >= this.#surroundings.times.stableAfterMs ? 0 : failuresInARow + 1
      this.#tell('restarting', reason)
      await pause(backoffMs(failuresInARow), this.#stop.signal)
      if (this.#stop.signal.aborted) return
    }
  }

  /** One life of the process, from its start to its end; gives the reason why it ended. */
  async #liveOnce(): Promise<string> {
    const { identity, ended } = this.#spare ?? this.#spawn()
    this.#spare = undefined
    this.#healthySince = undefined
    if (identity === undefined) return ended
    this.#life = identity
    this.#tell('starting')
    const over = new AbortController()
    const watching = this.#watch(over.signal, () => endProcess(identity, this.#surroundings.times.stopGraceMs))
    const reason = await ended
    over.abort()
    await watching
    this.#life = undefined
    return reason
  }

  /** Follows the health of one life until `over`; `endHanging` is called when it has not answered for too long. */
  async #watch(over: AbortSignal, endHanging: () => Promise<void>): Promise<void> {
    const { times } = this.#surroundings
    const enough = AbortSignal.any([over, this.#stop.signal])
    let prepared = false
    let lastGoodAt = performance.now()
    while (!enough.aborted) {
      const problem = await this.#checkOnce(prepared)
      if (enough.aborted) return
      if (problem === 'starting') {
        lastGoodAt = performance.now()
      } else if (problem === undefined) {
        lastGoodAt = performance.now()
        if (!prepared) this.#keepSpare()
        prepared = true
        this.#healthySince ??= lastGoodAt
        if (this.report.state !== 'healthy') this.#tell('healthy')
        this.#onFirstHealthy()
      } else {
        if (prepared && this.report.state !== 'unhealthy') this.#tell('unhealthy', problem.reason)
        const patienceMs = prepared ? times.hangAfterMs : (this.service.startsWithinMs ?? times.hangAfterMs)
        if (performance.now() - lastGoodAt > patienceMs) await endHanging()
      }
      await pause(prepared ? times.healthPollMs : times.healthPollStartingMs, enough)
    }
  }

  /** What is wrong with the service now, if anything; or that it is about to be healthy. */
  async #checkOnce(prepared: boolean): Promise<{ reason: string } | 'starting' | undefined> {
    try {
      if ((await this.service.checkHealth()) === 'starting') return 'starting'
      if (!prepared) await this.service.prepare?.()
      return undefined
    } catch (error) {
      return { reason: reasonOf(error) }
    }
  }

  async #watchOutsider(): Promise<void> {
    this.#tell('starting')
    await this.#watch(new AbortController().signal, async () => {})
  }
}

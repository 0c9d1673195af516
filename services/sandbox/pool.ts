import type { ReplacementReason } from '../../contracts/ports/index.ts'
import { failure } from '../failure.ts'
import { Breaker } from './breaker.ts'
import { Recent } from './recent.ts'
import { selfTest } from './self-test.ts'
import { Slot } from './slot.ts'
import type { SlotSource } from './slot-source.ts'
import { exceeds, nearest, type Template } from './template.ts'

export interface PoolOptions {
  /** One slot per entry, with what it has imported. */
  templates: readonly Template[]
  /** Callers that may wait; the next is refused. */
  queueMax: number
  /** How long one may wait for a slot, milliseconds. */
  waitMsMax: number
  /** Boots at the same time: they take CPU time from programs. */
  bootsMax: number
  /** Executions after which a slot is replaced. */
  executionsMax: number
  /** Age at which a slot is replaced, milliseconds. */
  ageMsMax: number
  /** Called with a line about each slot that is replaced. */
  log?: (line: string) => void
}

/** Why a slot must not be used again. */
export interface SlotProblem {
  reason: ReplacementReason
  detail: string
}

interface PoolEntry {
  readonly index: number
  readonly template: Template
  state: 'empty' | 'booting' | 'idle' | 'busy'
  slot: Slot | undefined
  executions: number
  /** Of the clock of `performance.now()`, milliseconds. */
  bootedAt: number
  idleSince: number
}

/** A slot that is the caller's until it gives it back. */
export interface Lease {
  readonly slot: Slot
  /** With a problem the slot is ended and another one booted. */
  release(problem?: SlotProblem): void
}

interface Waiter {
  readonly template: Template
  readonly since: number
  readonly resolve: (lease: Lease) => void
  readonly reject: (reason: Error) => void
}

const BOOT_MS_MAX = 30_000
const PING_EVERY_MS = 10_000
/** On a busy machine a slot may not get the processor for a second. */
const PING_MS_MAX = 10_000
const TICK_MS = 100
/** After this long a program for a bare slot takes any. The other way round it would wait for its imports. */
const BARE_WAITS_MS = 100
const REAP_EVERY_MS = 60_000

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** Slots, who uses them, and who waits for one. A slot that is not as new after a program is replaced. */
export class Pool {
  readonly #source: SlotSource
  readonly #options: PoolOptions
  readonly #entries: PoolEntry[]
  readonly #breaker = new Breaker()
  readonly #ticker: NodeJS.Timeout
  #waiting: Waiter[] = []
  #reapedAt = 0
  #closed = false
  readonly #ending = new Set<Promise<void>>()
  /** Exponential mean of the time a lease lasts, milliseconds. */
  #serviceMs = 10
  readonly #waits = new Recent()
  readonly #services = new Recent()
  readonly #replacedBy: Partial<Record<ReplacementReason, number>> = {}

  constructor(source: SlotSource, options: PoolOptions) {
    this.#source = source
    this.#options = options
    const fresh = { state: 'empty' as const, slot: undefined, executions: 0, bootedAt: 0, idleSince: 0 }
    this.#entries = options.templates.map((template, index) => ({ index, template, ...fresh }))
    this.#ticker = setInterval(() => this.#tick(), TICK_MS).unref()
    this.#tick()
  }

  /**
   * Waits in line for a slot that has imported what `wanted` has, or the most of it that is there. Throws
   * `Sandbox.QueueFull`, `Sandbox.QueueTimeout`, or why no slot can be had.
   */
  acquire(wanted: Template): Promise<Lease> {
    if (this.#closed) return Promise.reject(failure('Sandbox.SlotLost', 'the pool is closed'))
    const predictedMs = (this.#waiting.length * this.#serviceMs) / this.#entries.length
    if (this.#waiting.length >= this.#options.queueMax || predictedMs > this.#options.waitMsMax)
      return Promise.reject(
        failure('Sandbox.QueueFull', `${this.#waiting.length} programs are already waiting for a slot`),
      )
    const template = nearest(wanted, this.#options.templates)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ template, since: performance.now(), resolve, reject })
      this.#dispatch()
    })
  }

  stats() {
    const count = (state: PoolEntry['state']) => this.#entries.filter((entry) => entry.state === state).length
    return {
      waiting: this.#waiting.length,
      idle: count('idle'),
      busy: count('busy'),
      booting: count('booting'),
      waitMs: this.#waits.quantiles(),
      serviceMs: this.#services.quantiles(),
      replaced: Object.values(this.#replacedBy).reduce((sum, one) => sum + one, 0),
      replacedBy: { ...this.#replacedBy },
    }
  }

  /** Ends every slot; who waits or runs gets an outage. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#ticker)
    this.#refuseAll(failure('Sandbox.SlotLost', 'the pool is closed'))
    for (const entry of this.#entries) this.#empty(entry)
    while (this.#ending.size > 0) await Promise.all(this.#ending)
    await this.#reap()
  }

  #refuseAll(reason: Error): void {
    for (const waiter of this.#waiting.splice(0)) waiter.reject(reason)
  }

  #dispatch(): void {
    for (const entry of this.#entries) {
      if (entry.state === 'idle' && entry.slot?.ended !== undefined)
        this.#replace(entry, { reason: 'lost while idle', detail: entry.slot.ended.message })
      if (entry.state === 'idle') this.#serve(entry)
    }
    const reason = this.#breaker.open
    if (reason !== undefined && !this.#entries.some((entry) => entry.state === 'idle' || entry.state === 'busy'))
      this.#refuseAll(reason)
    this.#bootNext()
  }

  #serve(entry: PoolEntry): void {
    const now = performance.now()
    const find = (suits: (waiter: Waiter) => boolean) => this.#waiting.findIndex(suits)
    const own = find((waiter) => waiter.template === entry.template)
    const isPatient = (waiter: Waiter) => waiter.template === 'bare' && now - waiter.since < BARE_WAITS_MS
    const lesser = (waiter: Waiter) => exceeds(entry.template, waiter.template) && !isPatient(waiter)
    const index = own >= 0 ? own : find(lesser)
    const [waiter] = index >= 0 ? this.#waiting.splice(index, 1) : []
    if (waiter === undefined) return
    this.#waits.add(now - waiter.since)
    waiter.resolve(this.#lend(entry))
  }

  #lend(entry: PoolEntry): Lease {
    const slot = entry.slot!
    const began = performance.now()
    entry.state = 'busy'
    entry.executions += 1
    return {
      slot,
      release: (problem) => {
        const lastedMs = performance.now() - began
        this.#serviceMs += 0.05 * (lastedMs - this.#serviceMs)
        this.#services.add(lastedMs)
        this.#takeBack(entry, problem)
      },
    }
  }

  #takeBack(entry: PoolEntry, problem?: SlotProblem): void {
    const now = performance.now()
    entry.idleSince = now
    entry.state = 'idle'
    const ageMs = now - entry.bootedAt
    const isWorn = entry.executions >= this.#options.executionsMax || ageMs >= this.#options.ageMsMax
    if (this.#closed) this.#empty(entry)
    else if (problem !== undefined) this.#replace(entry, problem)
    else if (isWorn) this.#replace(entry, { reason: 'worn', detail: `${Math.round(ageMs / 1_000)} s old` })
    this.#dispatch()
  }

  #replace(entry: PoolEntry, { reason, detail }: SlotProblem): void {
    const { index, template, executions } = entry
    this.#replacedBy[reason] = (this.#replacedBy[reason] ?? 0) + 1
    this.#options.log?.(
      `sandbox slot ${index} (${template}) is replaced after ${executions} programs: ${reason}: ${detail}`,
    )
    this.#empty(entry)
  }

  #empty(entry: PoolEntry): void {
    const { slot } = entry
    entry.slot = undefined
    if (entry.state !== 'booting') entry.state = 'empty'
    if (slot !== undefined) this.#track(slot.destroy())
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#ending.delete(tracked))
    this.#ending.add(tracked)
  }

  #bootNext(): void {
    for (const entry of this.#entries) {
      const booting = this.#entries.filter(({ state }) => state === 'booting').length
      // An open breaker lets one boot through to see whether the engine is back.
      const most = this.#breaker.open === undefined ? this.#options.bootsMax : 1
      if (this.#closed || booting >= most || !this.#breaker.allows(performance.now())) return
      if (entry.state === 'empty') this.#track(this.#boot(entry))
    }
  }

  async #boot(entry: PoolEntry): Promise<void> {
    entry.state = 'booting'
    let slot: Slot | undefined
    try {
      const channel = await this.#source.boot(entry.index, entry.template)
      slot = new Slot(channel, this.#source.guarantees)
      await slot.ready(BOOT_MS_MAX)
      await selfTest(slot)
      const now = performance.now()
      Object.assign(entry, { slot, executions: 0, bootedAt: now, idleSince: now, state: 'idle' })
      // The engine was away: what ended then may still lie there.
      if (this.#breaker.failing) this.#reapedAt = 0
      this.#breaker.succeeded()
      if (this.#closed) this.#empty(entry)
    } catch (error) {
      entry.state = 'empty'
      const reason = error instanceof Error ? error : new Error(messageOf(error))
      this.#breaker.failed(reason, performance.now())
      await slot?.destroy()
    }
    this.#dispatch()
  }

  #tick(): void {
    const now = performance.now()
    this.#waiting = this.#waiting.filter((waiter) => {
      if (now - waiter.since < this.#options.waitMsMax) return true
      waiter.reject(failure('Sandbox.QueueTimeout', `no slot was free for ${this.#options.waitMsMax} ms`))
      return false
    })
    for (const entry of this.#entries)
      if (entry.state === 'idle' && now - entry.idleSince >= PING_EVERY_MS) this.#track(this.#check(entry))
    if (this.#reapedAt === 0 || now - this.#reapedAt >= REAP_EVERY_MS) {
      this.#reapedAt = now
      this.#track(this.#reap())
    }
    this.#dispatch()
  }

  async #reap(): Promise<void> {
    // An engine that does not answer is met again at the next boot, and there it is told.
    await this.#source.reap().catch(() => undefined)
  }

  async #check(entry: PoolEntry): Promise<void> {
    entry.state = 'busy'
    await entry.slot!.ping(PING_MS_MAX).then(
      () => this.#takeBack(entry),
      (error: unknown) => this.#takeBack(entry, { reason: 'silent', detail: messageOf(error) }),
    )
  }
}

import type { ExecutionResult } from '../../contracts/execution-result.ts'
import { failure } from '../failure.ts'
import type { ExecutionLimits, Program, SandboxSession } from '../../contracts/ports/index.ts'
import type { Outcomes } from './outcomes.ts'
import type { Lease } from './pool.ts'

const END_MS_MAX = 2_000
/** An unused session gives its slot back after this time, milliseconds. */
const IDLE_MS_MAX = 10 * 60_000

/** One rollout's process, kept alive from block to block in a slot of its own. */
export class PooledSession implements SandboxSession {
  readonly #lease: Lease
  readonly #check: (program: Program, limits: ExecutionLimits) => void
  readonly #outcomes: Outcomes
  #lost: string | undefined
  #idle: NodeJS.Timeout | undefined

  constructor(lease: Lease, check: (program: Program, limits: ExecutionLimits) => void, outcomes: Outcomes) {
    this.#lease = lease
    this.#check = check
    this.#outcomes = outcomes
    this.#wait()
  }

  /** Whether its process is gone, and a new session is needed. */
  get ended(): boolean {
    return this.#lost !== undefined
  }

  run(program: Program, limits: ExecutionLimits): Promise<ExecutionResult> {
    return this.#outcomes.count(this.#run(program, limits))
  }

  async #run(program: Program, limits: ExecutionLimits): Promise<ExecutionResult> {
    this.#check(program, limits)
    if (this.#lost !== undefined) throw failure('Sandbox.SlotLost', `the sandbox session has ended: ${this.#lost}`)
    clearTimeout(this.#idle)
    try {
      const { verdict, kept, changed } = await this.#lease.slot.run(program, limits, true)
      if (!kept) this.#lose(`its process ended as ${verdict.kind}`, changed)
      return verdict
    } catch (error) {
      this.#lose('its slot ended')
      throw error
    } finally {
      this.#wait()
    }
  }

  async close(): Promise<void> {
    if (this.#lost !== undefined) return
    this.#lost = 'it was closed'
    clearTimeout(this.#idle)
    await this.#lease.slot.endSession(END_MS_MAX).then(
      () => this.#lease.release('good'),
      () => this.#lease.release('replace'),
    )
  }

  #wait(): void {
    if (this.#lost === undefined) this.#idle = setTimeout(() => void this.close(), IDLE_MS_MAX).unref()
  }

  #lose(reason: string, changed: readonly string[] = []): void {
    this.#lost = reason
    this.#lease.release(this.#lease.slot.ended || changed.length > 0 ? 'replace' : 'good')
  }
}

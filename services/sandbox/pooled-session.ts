import type { ExecutionResult } from '../../contracts/execution-result.ts'
import { failure } from '../failure.ts'
import type { ExecutionLimits, Program, SandboxSession } from '../../contracts/ports/index.ts'
import type { Outcomes } from './outcomes.ts'
import type { Lease, SlotProblem } from './pool.ts'
import { problemAfter } from './slot-problem.ts'

const END_MS_MAX = 10_000
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
      const result = await this.#lease.slot.run(program, limits, true)
      const { verdict, kept } = result
      if (!kept) this.#lose(`its process ended as ${verdict.kind}`, problemAfter(this.#lease.slot, result))
      return verdict
    } catch (error) {
      this.#lose('its slot ended', { reason: 'lost', detail: String(error) })
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
      () => this.#lease.release(),
      (error: unknown) => this.#lease.release({ reason: 'silent', detail: String(error) }),
    )
  }

  #wait(): void {
    if (this.#lost === undefined) this.#idle = setTimeout(() => void this.close(), IDLE_MS_MAX).unref()
  }

  #lose(reason: string, problem: SlotProblem | undefined): void {
    this.#lost = reason
    this.#lease.release(problem)
  }
}

import { createHash } from 'node:crypto'
import type { ExecutionResult } from '../../contracts/execution-result.ts'
import { failure, isFailure } from '../failure.ts'
import type {
  Execution,
  ExecutionLimits,
  Program,
  Sandbox,
  SandboxGuarantees,
  SandboxStats,
} from '../../contracts/ports/index.ts'
import { SOURCE_BYTES_MAX, STDIN_BYTES_MAX } from './frames.ts'
import { Outcomes } from './outcomes.ts'
import { PooledSession } from './pooled-session.ts'
import { Pool, type PoolOptions, type SlotProblem } from './pool.ts'
import { SELF_TEST } from './self-test.ts'
import { problemAfter } from './slot-problem.ts'
import { Suspects } from './suspects.ts'
import { verdictOfLostSlot } from './slot-evidence.ts'
import { wasLostBeforeStart } from './slot.ts'
import { MEMORY_BYTES_MAX, type SlotSource } from './slot-source.ts'
import { templateFor } from './template.ts'

/** Slots that a program may end until it is not run again. */
const LOSSES_MAX = 2
/** Slots that may fail to start a program, one after another, until that is an outage for its caller. */
const ATTEMPTS_MAX = 3

function refuseUnlessRunnable({ source, stdin = '', seed }: Program, limits: ExecutionLimits): void {
  const refuse = (reason: string) => failure('Sandbox.BadRequest', reason)
  if (Buffer.byteLength(source) > SOURCE_BYTES_MAX) throw refuse(`a program of more than ${SOURCE_BYTES_MAX} bytes`)
  if (Buffer.byteLength(stdin) > STDIN_BYTES_MAX) throw refuse(`an input of more than ${STDIN_BYTES_MAX} bytes`)
  if (!Number.isSafeInteger(seed) || seed < 0) throw refuse(`a seed of ${seed}`)
  for (const [name, value] of Object.entries(limits))
    if (!Number.isSafeInteger(value) || value <= 0) throw refuse(`${name} of ${value}`)
  if (limits.memoryBytes > MEMORY_BYTES_MAX) throw refuse(`more memory than ${MEMORY_BYTES_MAX} bytes`)
}

/** Runs programs on the slots of one backend. */
export class PooledSandbox implements Sandbox {
  readonly #source: SlotSource
  readonly #pool: Pool
  readonly #outcomes = new Outcomes()
  readonly #suspects = new Suspects()

  constructor(source: SlotSource, options: PoolOptions) {
    this.#source = source
    this.#pool = new Pool(source, options)
  }

  async execute(program: Program, limits: ExecutionLimits): Promise<Execution> {
    return { verdict: await this.#outcomes.count(this.#verdict(program, limits)), cached: false }
  }

  async #verdict(program: Program, limits: ExecutionLimits): Promise<ExecutionResult> {
    refuseUnlessRunnable(program, limits)
    const digest = createHash('sha256').update(program.source).digest('hex')
    try {
      return await this.#verdictOnSlots(program, limits, digest)
    } catch (error) {
      // Where not even another program runs, lost slots say nothing about this one.
      if (!isFailure(error, 'Sandbox.QueueFull') && !isFailure(error, 'Sandbox.QueueTimeout'))
        this.#suspects.acquit(digest)
      throw error
    }
  }

  async #verdictOnSlots(program: Program, limits: ExecutionLimits, digest: string): Promise<ExecutionResult> {
    const began = performance.now()
    for (let attempts = 1; this.#suspects.losses(digest) < LOSSES_MAX; attempts += 1) {
      try {
        const verdict = await this.#once(program, limits)
        this.#suspects.acquit(digest)
        return verdict
      } catch (error) {
        if (!isFailure(error, 'Sandbox.SlotLost')) throw error
        if (!wasLostBeforeStart(error)) this.#suspects.lost(digest)
        else if (attempts >= ATTEMPTS_MAX) throw error
      }
    }
    // It is the program's doing only if the sandbox runs another program now.
    if (!this.#suspects.isConvicted(digest)) await this.#once(SELF_TEST, limits)
    this.#suspects.convict(digest)
    return this.#poison(program, performance.now() - began)
  }

  #poison({ seed }: Program, wallMs: number): ExecutionResult {
    const { backend, imageDigest } = this.#source.guarantees
    return verdictOfLostSlot({ kind: 'crash', signal: 'slot' }, { seed, backend, imageDigest }, wallMs)
  }

  async #once(program: Program, limits: ExecutionLimits): Promise<ExecutionResult> {
    const lease = await this.#pool.acquire(templateFor(program.source))
    let problem: SlotProblem | undefined
    try {
      const result = await lease.slot.run(program, limits, false)
      problem = problemAfter(lease.slot, result)
      return result.verdict
    } catch (error) {
      problem = { reason: 'lost', detail: String(error) }
      throw error
    } finally {
      lease.release(problem)
    }
  }

  async openSession(journaled: readonly Program[], limits: ExecutionLimits): Promise<PooledSession> {
    for (const program of journaled) refuseUnlessRunnable(program, limits)
    const open = async () => new PooledSession(await this.#pool.acquire('math'), refuseUnlessRunnable, this.#outcomes)
    let session = await open()
    try {
      for (const program of journaled) {
        await session.run(program, limits)
        // A block that ended its process took its names along, then as now.
        if (session.ended) session = await open()
      }
    } catch (error) {
      await session.close()
      throw error
    }
    return session
  }

  stats(): SandboxStats {
    return { ...this.#pool.stats(), outcomes: this.#outcomes.counts(), cached: 0 }
  }

  guarantees(): SandboxGuarantees {
    return this.#source.guarantees
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}

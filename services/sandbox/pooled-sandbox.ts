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
import { Pool, type PoolOptions } from './pool.ts'
import { SELF_TEST } from './self-test.ts'
import { verdictOfLostSlot } from './slot-evidence.ts'
import { wasLostBeforeStart } from './slot.ts'
import { MEMORY_BYTES_MAX, type SlotSource } from './slot-source.ts'
import { templateFor } from './template.ts'

/** A slot that takes longer to be as new is not trusted to be. */
const CLEANUP_MS_MAX = 500
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
  /** Digests of programs that ended two slots, with how long the second took, milliseconds. */
  readonly #poisonous = new Map<string, number>()

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
    const known = this.#poisonous.get(digest)
    if (known !== undefined) return this.#poison(program, known)
    const began = performance.now()
    for (let lost = 0, attempts = 1; lost < 2; attempts += 1) {
      try {
        return await this.#once(program, limits)
      } catch (error) {
        if (!isFailure(error, 'Sandbox.SlotLost')) throw error
        if (!wasLostBeforeStart(error)) lost += 1
        else if (attempts >= ATTEMPTS_MAX) throw error
      }
    }
    // Two slots are lost. It is the program's doing only if the sandbox runs another program now.
    await this.#once(SELF_TEST, limits)
    const wallMs = performance.now() - began
    this.#poisonous.set(digest, wallMs)
    return this.#poison(program, wallMs)
  }

  #poison({ seed }: Program, wallMs: number): ExecutionResult {
    const { backend, imageDigest } = this.#source.guarantees
    return verdictOfLostSlot({ kind: 'crash', signal: 'slot' }, { seed, backend, imageDigest }, wallMs)
  }

  async #once(program: Program, limits: ExecutionLimits): Promise<ExecutionResult> {
    const lease = await this.#pool.acquire(templateFor(program.source))
    let condition: 'good' | 'replace' = 'replace'
    try {
      const { verdict, cleanupMs, changed } = await lease.slot.run(program, limits, false)
      if (!lease.slot.ended && cleanupMs <= CLEANUP_MS_MAX && changed.length === 0) condition = 'good'
      return verdict
    } finally {
      lease.release(condition)
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

import type { ExecutionResult } from '../../contracts/execution-result.ts'
import { failure } from '../failure.ts'
import type { ExecutionLimits, Program } from '../../contracts/ports/index.ts'
import type { Channel } from './channel.ts'
import { encodeFrame, type Frame, frameKinds, FrameReader } from './frames.ts'
import { SlotEvidence, verdictOf, verdictOfLostSlot } from './slot-evidence.ts'

/** How long after its deadline a slot may stay silent before the host ends it: the inside is never trusted. A fork bomb on
 * a busy machine takes seconds to end, and must not count as one that ended its slot. */
const SILENCE_MS = 10_000

export interface SlotResult {
  verdict: ExecutionResult
  /** Processor time that PID 1 used until nothing of the program was left, milliseconds. */
  cleanupMs: number
  kept: boolean
  /** What the program changed in the slot itself; the slot must not be used again. */
  changed: readonly string[]
}

/** Failures of slots that ended before they had started the program: they say nothing about it. */
const beforeStart = new WeakSet<Error>()

/** Whether a slot was lost before it had started the program. */
export function wasLostBeforeStart(error: unknown): boolean {
  return error instanceof Error && beforeStart.has(error)
}

interface Waiting {
  kind: number
  id: number
  resolve: (frame: Frame) => void
  reject: (reason: Error) => void
  timer: NodeJS.Timeout
}

/** One guest in its container, which runs one program at a time. */
export class Slot {
  readonly #channel: Channel
  readonly #origin: { imageDigest: string; backend: ExecutionResult['backend'] }
  readonly #reader = new FrameReader()
  #waiting: Waiting | undefined
  #lastId = 0
  #ended: Error | undefined

  constructor(channel: Channel, origin: { imageDigest: string; backend: ExecutionResult['backend'] }) {
    this.#channel = channel
    this.#origin = { imageDigest: origin.imageDigest, backend: origin.backend }
    channel.listen({
      bytes: (chunk) => this.#take(chunk),
      end: () => this.#end(failure('Sandbox.SlotLost', `the slot ended. ${channel.diagnostics()}`.trim())),
    })
  }

  /** Why it can run nothing any more; undefined while it can. */
  get ended(): Error | undefined {
    return this.#ended
  }

  /** Waits for the guest's first frame: its template is loaded. Throws `Sandbox.SlotBootFailed`. */
  async ready(timeoutMs: number): Promise<void> {
    await this.#await(frameKinds.ready, 0, timeoutMs).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      throw failure('Sandbox.SlotBootFailed', `a slot did not start: ${message}`, error)
    })
  }

  /**
   * Runs one program. With `keep`, its process waits for the next block of its session.
   * Throws `Sandbox.SlotLost` or `Sandbox.ProtocolError`; the slot has ended then.
   */
  async run(program: Program, limits: ExecutionLimits, keep: boolean): Promise<SlotResult> {
    const origin = { seed: program.seed, ...this.#origin }
    const started = performance.now()
    try {
      const content = { limits, seed: program.seed, keep }
      const parts = [Buffer.from(program.source), Buffer.from(program.stdin ?? '')] as const
      const frame = await this.#ask(frameKinds.run, frameKinds.result, limits.wallMs + SILENCE_MS, content, ...parts)
      const evidence = SlotEvidence.parse(frame.content)
      const { cleanupMs, kept, changed } = evidence
      return { verdict: verdictOf(evidence, frame.a, frame.b, origin), cleanupMs, kept, changed }
    } catch (error) {
      this.#end(failure('Sandbox.ProtocolError', `the sandbox process sent an invalid result: ${String(error)}`, error))
      if (!(await this.#channel.diedOfMemory())) throw this.#ended ?? error
      const verdict = verdictOfLostSlot({ kind: 'memory' }, origin, performance.now() - started)
      return { verdict, cleanupMs: 0, kept: false, changed: [] }
    }
  }

  async ping(timeoutMs: number): Promise<void> {
    await this.#ask(frameKinds.ping, frameKinds.pong, timeoutMs)
  }

  /** Ends the process of a session and wipes what it left; the slot is as new. */
  async endSession(timeoutMs: number): Promise<void> {
    await this.#ask(frameKinds.end, frameKinds.pong, timeoutMs)
  }

  async destroy(): Promise<void> {
    this.#end(failure('Sandbox.SlotLost', 'the slot was ended'))
    await this.#channel.destroy()
  }

  #send(kind: number, content: object, a?: Buffer, b?: Buffer): number {
    this.#lastId = (this.#lastId + 1) % 0x100000000
    if (this.#ended === undefined) this.#channel.send(encodeFrame(kind, this.#lastId, content, a, b))
    return this.#lastId
  }

  #ask(kind: number, answer: number, timeoutMs: number, content = {}, a?: Buffer, b?: Buffer): Promise<Frame> {
    return this.#await(answer, this.#send(kind, content, a, b), timeoutMs)
  }

  #await(kind: number, id: number, timeoutMs: number): Promise<Frame> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    if (this.#waiting !== undefined) throw new Error('a slot is already waiting for an answer')
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#end(
          failure(
            'Sandbox.SlotLost',
            `the sandbox process did not answer for ${timeoutMs} ms. ${this.#channel.diagnostics()}`,
          ),
        )
      }, timeoutMs)
      this.#waiting = { kind, id, resolve, reject, timer }
    })
  }

  #take(chunk: Buffer): void {
    if (this.#ended !== undefined) return
    try {
      for (const frame of this.#reader.push(chunk)) this.#answer(frame)
    } catch (error) {
      this.#end(failure('Sandbox.ProtocolError', `the sandbox process sent invalid bytes: ${String(error)}`, error))
    }
  }

  #answer(frame: Frame): void {
    if (frame.kind === frameKinds.fatal) {
      const reason = failure(
        'Sandbox.SlotLost',
        `the sandbox process reported a fatal error: ${JSON.stringify(frame.content)}`,
      )
      if ((frame.content as { begun?: unknown }).begun === false) beforeStart.add(reason)
      return this.#end(reason)
    }
    const waiting = this.#waiting
    if (waiting === undefined || frame.kind !== waiting.kind || frame.id !== waiting.id)
      throw new Error(`unexpected frame of kind ${frame.kind} with id ${frame.id}: ${JSON.stringify(frame.content)}`)
    this.#waiting = undefined
    clearTimeout(waiting.timer)
    waiting.resolve(frame)
  }

  #end(reason: Error): void {
    if (this.#ended !== undefined) return
    this.#ended = reason
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) return
    clearTimeout(waiting.timer)
    waiting.reject(reason)
  }
}

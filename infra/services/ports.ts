import type { Verdict } from '../../contracts/verdict.ts'
import type { Equivalence } from '../../contracts/vote.ts'

// All ports are imported from here: `tests/house/rooms.test.ts` lets activities see no other file of infra/.
export type * from './artifact-store-port.ts'
export type * from './model-server-port.ts'
export type * from './tokenizer-port.ts'
export type * from './trainer-port.ts'

/** A Python program. It has no file and no network; its standard input is empty unless given. */
export interface Program {
  source: string
  stdin?: string
  /** Of `random` and `numpy.random`: the same program with the same seed prints the same. */
  seed: number
}

/** What one execution may use. */
export interface ExecutionLimits {
  /** CPU time of one process, milliseconds; rounded up to whole seconds. */
  cpuMs: number
  /** Wall time, milliseconds: the backstop for programs that sleep or fork. Waiting for a slot does not count. */
  wallMs: number
  /** Data of one process (RLIMIT_DATA), bytes; 256 MiB at most. */
  memoryBytes: number
  /** Standard output and error together, bytes; a program that writes more is killed. */
  outputBytes: number
}

export interface Execution {
  verdict: Verdict
  /** Whether the verdict is that of an identical program that ran before. */
  cached: boolean
}

/** Programs that share one namespace, as the turns of one rollout do. */
export interface SandboxSession {
  /** Runs the next block. Throws `Sandbox.SlotLost` once the session's process has ended, also by a time-out. */
  run(program: Program, limits: ExecutionLimits): Promise<Verdict>
  close(): Promise<void>
}

/** What a backend bounds and what it cannot: part of the run record, and shown by `doctor`. */
export interface SandboxGuarantees {
  backend: Verdict['backend']
  imageDigest: string
  /** Sentences; empty for a backend that lacks nothing. */
  notGuaranteed: readonly string[]
}

/**
 * Runs programs that nobody has read. What a program does is a verdict, whatever it is; what happens to the sandbox is
 * thrown as a `Sandbox.…` failure, never as tool output.
 */
export interface Sandbox {
  execute(program: Program, limits: ExecutionLimits): Promise<Execution>
  /**
   * Opens a session and runs `journaled` in it first: the blocks that a rollout had run before its session was lost.
   * Their verdicts are dropped, because they are in the journal already.
   */
  openSession(journaled: readonly Program[], limits: ExecutionLimits): Promise<SandboxSession>
  guarantees(): SandboxGuarantees
  close(): Promise<void>
}

/** Tells whether two answers mean the same; `undecided` where it ran out of time or could not read one of them. */
export interface Grader {
  /** One result per pair, in order. Throws only outages. */
  compare(pairs: readonly (readonly [string, string])[]): Promise<Equivalence[]>
}

import type { FailureType } from '../errors.ts'
import type { ExecutionResult } from '../execution-result.ts'

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
  verdict: ExecutionResult
  /** Whether the verdict is that of an identical program that ran before. */
  cached: boolean
}

/** Programs that share one namespace, as the turns of one rollout do. */
export interface SandboxSession {
  /** Runs the next block. Throws `Sandbox.SlotLost` once the session's process has ended, also by a time-out. */
  run(program: Program, limits: ExecutionLimits): Promise<ExecutionResult>
  close(): Promise<void>
}

/** What a backend bounds and what it cannot: part of the run record, and shown by `doctor`. */
export interface SandboxGuarantees {
  backend: ExecutionResult['backend']
  imageDigest: string
  /** Sentences; empty for a backend that lacks nothing. */
  notGuaranteed: readonly string[]
}

export interface Quantiles {
  p50: number
  p95: number
}

/** Why a slot was replaced. */
export type ReplacementReason =
  /** It had reached its age or use. */
  | 'worn'
  /** A program changed the slot itself, which cannot be put back. */
  | 'changed'
  /** Clearing away what a program left took too much processor time. */
  | 'slow to clean'
  /** It ended under a program, or what it sent was not an answer. */
  | 'lost'
  /** It ended while it had nothing to do. */
  | 'lost while idle'
  /** It did not answer a ping, or the end of a session. */
  | 'silent'

/** What a sandbox does now and has done since it was opened: for metrics, never for a decision. */
export interface SandboxStats {
  /** Programs in line, and slots by what they do, now. A boot is in flight while its slot is `booting`. */
  waiting: number
  idle: number
  busy: number
  booting: number
  /** Of the last 1,000 programs and sessions: the wait for a slot and the time in it, milliseconds. */
  waitMs: Quantiles
  serviceMs: Quantiles
  /** Slots that were replaced, and why. */
  replaced: number
  replacedBy: Readonly<Partial<Record<ReplacementReason, number>>>
  /** Executions and blocks of sessions, by verdict; and by failure where there was none. */
  outcomes: Readonly<Partial<Record<ExecutionResult['kind'] | FailureType, number>>>
  /** Executions that were answered by the memo. They are in no other number. */
  cached: number
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
  stats(): SandboxStats
  close(): Promise<void>
}

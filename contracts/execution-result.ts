import { z } from 'zod'

/** What isolates programs. */
export const SandboxBackend = z.enum(['docker', 'bubblewrap'])
export type SandboxBackend = z.infer<typeof SandboxBackend>

const count = z.int().min(0)

const evidence = {
  /** What the program printed, UTF-8 with replacement, cut by the sandbox to its stream limit. */
  stdout: z.string(),
  /** What it wrote to standard error, cut likewise. */
  stderr: z.string(),
  /** Whether the sandbox cut either stream. */
  truncated: z.boolean(),
  /** Bytes written to standard output before any cut. */
  stdoutBytes: count,
  /** Bytes written to standard error before any cut. */
  stderrBytes: count,
  /** CPU time, milliseconds. */
  cpuMs: z.number().min(0),
  /** Wall time from the start of the program, milliseconds. */
  wallMs: z.number().min(0),
  /** Largest resident memory, bytes. */
  maxRssBytes: count,
  /** Processes of this execution that the kernel killed for memory. */
  oomKills: count,
  /** Seed of the program's `random` and `numpy.random`. */
  seed: count,
  /** Digest of the image that it ran in; empty for a backend without images. */
  imageDigest: z.string(),
  /** Which sandbox ran it. */
  backend: SandboxBackend,
}

/**
 * How the execution of a program ended: data, whatever it is. An outage of the sandbox is thrown and never becomes one.
 * Kinds are decided inside the sandbox, in the order: output_limit, timeout, memory, crash, error, ok.
 */
export const ExecutionResult = z.discriminatedUnion('kind', [
  /** Exit code 0. */
  z.strictObject({ kind: z.literal('ok'), ...evidence }),
  /** Any other exit code. */
  z.strictObject({
    kind: z.literal('error'),
    exitCode: z.int(),
    /** The Python traceback, without the sandbox's own frames; empty if the program exited by itself. */
    traceback: z.string(),
    /** Whether the program met its memory limit as a `MemoryError`. */
    memoryError: z.boolean(),
    ...evidence,
  }),
  /** Out of CPU time or wall time. */
  z.strictObject({ kind: z.literal('timeout'), clock: z.enum(['cpu', 'wall']), ...evidence }),
  /** Killed by the kernel for memory. */
  z.strictObject({ kind: z.literal('memory'), ...evidence }),
  /** Ended by a signal, such as `SIGSEGV`; `slot` if it took two sandbox slots down with it. */
  z.strictObject({ kind: z.literal('crash'), signal: z.string().min(1), ...evidence }),
  /** Killed for writing more than the sandbox drains. */
  z.strictObject({ kind: z.literal('output_limit'), ...evidence }),
])
export type ExecutionResult = z.infer<typeof ExecutionResult>

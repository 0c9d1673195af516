import { z } from 'zod'
import type { ExecutionResult } from '../../contracts/execution-result.ts'

const count = z.int().min(0)

/** What a guest reports about an execution. Lenient: a newer guest may say more. */
export const SlotEvidence = z.object({
  kind: z.enum(['ok', 'error', 'timeout', 'memory', 'crash', 'output_limit']),
  exitCode: z.int().optional(),
  clock: z.enum(['cpu', 'wall']).optional(),
  signal: z.string().optional(),
  stdoutBytes: count,
  stderrBytes: count,
  truncated: z.boolean(),
  cpuMs: z.number().min(0),
  wallMs: z.number().min(0),
  maxRssBytes: count,
  oomKills: count,
  /** Processor time that PID 1 used until nothing of the program was left, milliseconds. */
  cleanupMs: z.number().min(0),
  /** Whether the program's process lives on, for the next block of its session. */
  kept: z.boolean(),
  /** What the program changed in the slot itself and that cannot be put back: the slot ends. */
  changed: z.array(z.string()).default([]),
})
export type SlotEvidence = z.infer<typeof SlotEvidence>

export interface Origin {
  seed: number
  imageDigest: string
  backend: ExecutionResult['backend']
}

const TRACEBACK = 'Traceback (most recent call last):\n'
const CHAINED =
  /(During handling of the above exception, another exception occurred|direct cause of the following exception):\n\n$/

/** The last traceback in what a program wrote to standard error, with the exceptions that led to it. */
export function tracebackIn(stderr: string): string {
  let start = stderr.lastIndexOf(TRACEBACK)
  while (start > 0 && CHAINED.test(stderr.slice(0, start))) start = stderr.lastIndexOf(TRACEBACK, start - 1)
  if (start >= 0) return stderr.slice(start).trimEnd()
  // A program that does not compile has no traceback but a place.
  const place = stderr.lastIndexOf('  File "program.py", line ')
  return place < 0 ? '' : stderr.slice(place).trimEnd()
}

function evidenceOf(evidence: SlotEvidence, stdout: string, stderr: string, origin: Origin) {
  const { truncated, stdoutBytes, stderrBytes, cpuMs, wallMs, maxRssBytes, oomKills } = evidence
  return { stdout, stderr, truncated, stdoutBytes, stderrBytes, cpuMs, wallMs, maxRssBytes, oomKills, ...origin }
}

/** The verdict that a guest's evidence means. */
export function verdictOf(slot: SlotEvidence, out: Buffer, err: Buffer, origin: Origin): ExecutionResult {
  const stderr = err.toString('utf8')
  const evidence = evidenceOf(slot, out.toString('utf8'), stderr, origin)
  switch (slot.kind) {
    case 'error': {
      const traceback = slot.exitCode === 1 ? tracebackIn(stderr) : ''
      const memoryError = /^(\S*\.)?_?(Array)?MemoryError\b/m.test(traceback)
      return { kind: 'error', exitCode: slot.exitCode ?? 1, traceback, memoryError, ...evidence }
    }
    case 'timeout':
      return { kind: 'timeout', clock: slot.clock ?? 'wall', ...evidence }
    case 'crash':
      return { kind: 'crash', signal: slot.signal ?? 'unknown', ...evidence }
    case 'ok':
    case 'memory':
    case 'output_limit':
      return { kind: slot.kind, ...evidence }
    default:
      return slot.kind satisfies never
  }
}

/** The verdict about a program whose whole slot ended with it, so that streams and usage are unknown. */
export function verdictOfLostSlot(
  how: { kind: 'memory' } | { kind: 'crash'; signal: 'slot' },
  origin: Origin,
  wallMs: number,
): ExecutionResult {
  const nothing = { stdout: '', stderr: '', truncated: false, stdoutBytes: 0, stderrBytes: 0, cpuMs: 0, maxRssBytes: 0 }
  return { ...how, ...nothing, wallMs, oomKills: how.kind === 'memory' ? 1 : 0, ...origin }
}

import type { ExecutionLimits } from '../../contracts/ports/index.ts'

/** Limits for tests, short ones where a test says so. On a busy machine a second of CPU time can take ten. */
export function limits(changed: Partial<ExecutionLimits> = {}): ExecutionLimits {
  return { cpuMs: 5_000, wallMs: 60_000, memoryBytes: 256 << 20, outputBytes: 16 << 20, ...changed }
}

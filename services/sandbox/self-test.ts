import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { failure } from '../failure.ts'
import type { ExecutionLimits, Program, SandboxGuarantees } from '../../contracts/ports/index.ts'
import type { Slot } from './slot.ts'

export const SELF_TEST: Program = {
  source: readFileSync(join(import.meta.dirname, 'self-test-program.py'), 'utf8'),
  seed: 0,
}
/** The limits that the program compares with its own. */
const LIMITS: ExecutionLimits = { cpuMs: 2_000, wallMs: 10_000, memoryBytes: 128 << 20, outputBytes: 4_096 }

const Findings = z.object({ missing: z.array(z.string()), computes: z.literal(45) })
/** What a slot prints in which every guard holds. */
export const SELF_TEST_OUTPUT = `${JSON.stringify({ missing: [], computes: 45 } satisfies z.infer<typeof Findings>)}\n`

/** The guards that a backend does not have; not-guaranteed.mjs says them in sentences. */
const NOT_THERE: Record<SandboxGuarantees['backend'], readonly string[]> = {
  docker: [],
  bubblewrap: [
    'first system call filter',
    'no programs in /tmp',
    'no programs in /dev/shm',
    'number of files in /tmp',
    'number of files in /dev/shm',
    'share of the processor',
  ],
}

/** Throws `Sandbox.SlotBootFailed` unless the slot computes and each guard holds: a sandbox that leaks serves nobody. */
export async function selfTest(slot: Slot): Promise<void> {
  const { verdict } = await slot.run(SELF_TEST, LIMITS, false)
  const { kind, stdout, stderr, backend } = verdict
  const findings = Findings.safeParse(kind === 'ok' ? parsed(stdout) : undefined)
  if (!findings.success) {
    const seen = JSON.stringify({ kind, stdout, stderr })
    throw failure('Sandbox.SlotBootFailed', `the self-test of a slot failed: ${seen}`)
  }
  const missing = findings.data.missing.filter((guard) => !NOT_THERE[backend].includes(guard))
  if (missing.length > 0)
    throw failure('Sandbox.SlotBootFailed', `the self-test of a slot found guards missing: ${missing.join(', ')}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

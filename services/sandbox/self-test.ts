import { failure } from '../failure.ts'
import type { ExecutionLimits, Program } from '../../contracts/ports/index.ts'
import type { Slot } from './slot.ts'

/** What a slot must refuse to a program before it may serve; each line of its output is one refusal that held. */
const SOURCE = `
import os, socket

def refused(name, attempt):
    try:
        attempt()
    except OSError:
        print(name)

refused("network", lambda: socket.create_connection(("192.0.2.1", 80), 0.2))
refused("guest", lambda: os.listdir("/proc/1/fd"))
refused("root file system", lambda: open("/etc/agent0", "w"))
refused("namespaces", lambda: os.chroot("/"))
print(sum(range(10)))
`
export const SELF_TEST_OUTPUT = 'network\nguest\nroot file system\nnamespaces\n45\n'

export const SELF_TEST: Program = { source: SOURCE, seed: 0 }
const LIMITS: ExecutionLimits = { cpuMs: 2_000, wallMs: 5_000, memoryBytes: 128 << 20, outputBytes: 4_096 }

/** Throws `Sandbox.SlotBootFailed` unless the slot computes and holds: a sandbox that leaks serves nobody. */
export async function selfTest(slot: Slot): Promise<void> {
  const { verdict } = await slot.run(SELF_TEST, LIMITS, false)
  if (verdict.kind === 'ok' && verdict.stdout === SELF_TEST_OUTPUT) return
  const seen = JSON.stringify({ kind: verdict.kind, stdout: verdict.stdout, stderr: verdict.stderr })
  throw failure('Sandbox.SlotBootFailed', `the self-test of a slot failed: ${seen}`)
}

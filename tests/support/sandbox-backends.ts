import { execFileSync } from 'node:child_process'
import type { SandboxBackend } from '../../contracts/execution-result.ts'
import type { SlotSource } from '../../services/sandbox/slot-source.ts'
import { openSlots } from '../../services/sandbox/open.ts'

export type Backend = SandboxBackend

const PROBES: Record<Backend, [string, string[]]> = {
  docker: ['docker', ['version', '--format', '{{.Server.Version}}']],
  bubblewrap: ['bwrap', ['--version']],
}

function isHere(backend: Backend): boolean {
  try {
    execFileSync(...PROBES[backend], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/**
 * A suite that needs a real backend. Where that is absent the suite becomes one test, which names what is missing, and
 * which fails in CI if it is the engine: there it is part of the machine.
 */
export function describeOn(backend: Backend, title: string, suite: () => void): void {
  if (isHere(backend)) {
    describe(`${backend}: ${title}`, suite)
    return
  }
  test(`NOT RUN, because ${backend} is not on this machine: ${title}`, () => {
    expect(process.env['CI'] !== undefined && backend === 'docker').toBe(false)
  })
}

/** The real slots of a backend; builds their image or root file system if the set-up has not. */
export function realSlots(backend: Backend): Promise<SlotSource> {
  return openSlots({ backend, log: () => undefined })
}

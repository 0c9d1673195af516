import type { ExecutionResult } from '../../contracts/execution-result.ts'
import { failure } from '../../services/failure.ts'
import { Outcomes } from '../../services/sandbox/outcomes.ts'
import type {
  Execution,
  ExecutionLimits,
  Program,
  Sandbox,
  SandboxSession,
  SandboxStats,
} from '../../contracts/ports/index.ts'

/** An `ok` verdict that printed `stdout`, with plausible usage. */
export function okVerdict(stdout: string, seed = 0): ExecutionResult {
  const streams = { stdout, stderr: '', truncated: false, stdoutBytes: Buffer.byteLength(stdout), stderrBytes: 0 }
  const usage = { cpuMs: 1, wallMs: 2, maxRssBytes: 15 << 20, oomKills: 0 }
  return { kind: 'ok', ...streams, ...usage, seed, imageDigest: 'sha256:fake', backend: 'docker' }
}

/** What a fake program does: a verdict, or an outage that it throws. The namespace is its session's. */
export type FakeProgram = (seed: number, namespace: Map<string, unknown>) => ExecutionResult

/** A sandbox of scripted programs. One that it was not told about is a mistake of the test. */
export class FakeSandbox implements Sandbox {
  readonly executed: Program[] = []
  readonly #programs: Readonly<Record<string, FakeProgram>>
  readonly #outcomes = new Outcomes()
  #closed = false

  constructor(programs: Readonly<Record<string, FakeProgram>>) {
    this.#programs = programs
  }

  async execute(program: Program, limits: ExecutionLimits): Promise<Execution> {
    return { verdict: await this.#run(program, limits, new Map()), cached: false }
  }

  #run(program: Program, limits: ExecutionLimits, namespace: Map<string, unknown>): Promise<ExecutionResult> {
    return this.#outcomes.count(this.#script(program, limits, namespace))
  }

  async #script(program: Program, limits: ExecutionLimits, namespace: Map<string, unknown>): Promise<ExecutionResult> {
    if (this.#closed) throw failure('Sandbox.SlotLost', 'the sandbox is closed')
    if (program.source.length > 256 << 10 || Object.values(limits).some((limit: number) => limit <= 0))
      throw failure('Sandbox.BadRequest', 'a program or a limit that no sandbox takes')
    const script = this.#programs[program.source]
    if (script === undefined) throw new Error(`the fake sandbox does not know this program:\n${program.source}`)
    this.executed.push(program)
    return script(program.seed, namespace)
  }

  async openSession(journaled: readonly Program[], limits: ExecutionLimits): Promise<SandboxSession> {
    const namespace = new Map<string, unknown>()
    let lost = false
    const run = async (program: Program, runLimits: ExecutionLimits) => {
      if (lost) throw failure('Sandbox.SlotLost', 'the session is lost')
      const verdict = await this.#run(program, runLimits, namespace)
      lost = verdict.kind !== 'ok' && verdict.kind !== 'error'
      return verdict
    }
    for (const program of journaled) await run(program, limits)
    return { run, close: async () => void (lost = true) }
  }

  guarantees() {
    return { backend: 'docker' as const, imageDigest: 'sha256:fake', notGuaranteed: [] }
  }

  /** It has no slots, and nobody waits. */
  stats(): SandboxStats {
    const none = { p50: 0, p95: 0 }
    const slots = {
      waiting: 0,
      idle: 0,
      busy: 0,
      booting: 0,
      replaced: 0,
      replacedBy: {},
      waitMs: none,
      serviceMs: none,
    }
    return { ...slots, outcomes: this.#outcomes.counts(), cached: 0 }
  }

  async close(): Promise<void> {
    this.#closed = true
  }
}

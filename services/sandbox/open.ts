import { availableParallelism } from 'node:os'
import { BubblewrapSlots } from './bubblewrap-slots.ts'
import { ensureSandboxImage } from './image/build-image.mjs'
import { ensureRootfs } from './image/build-rootfs.mjs'
import { DockerSlots } from './docker-slots.ts'
import { GatedSandbox } from './gated-sandbox.ts'
import { defaultBackend, NO_BACKEND } from './image/prepare.mjs'
import { MemoSandbox } from './memo.ts'
import { PooledSandbox } from './pooled-sandbox.ts'
import { failure } from '../failure.ts'
import type { SlotSource } from './slot-source.ts'
import { type Template, templateFor } from './template.ts'
import type { SandboxBackend } from '../../contracts/execution-result.ts'
import { onPath } from '../../host/commands.mjs'
import { cacheFolder } from '../../host/paths.mjs'
import type { ExecutionLimits, Grader, Sandbox } from '../../contracts/ports/index.ts'
import { SandboxGrader } from './sandbox-grader.ts'

export { templateFor }

/** Programs in the pool and its line at once. */
const CALLERS_MAX = 48

/** What a program may use by default: CPU time decides, wall time is the backstop. */
export const defaultLimits: ExecutionLimits = {
  cpuMs: 5_000,
  wallMs: 10_000,
  memoryBytes: 256 << 20,
  outputBytes: 16 << 20,
}

export interface OpenSandboxOptions {
  /** The engine if one answers, else bubblewrap, unless given. */
  backend?: SandboxBackend
  /** Where the set-up keeps what it builds; its own choice unless given. */
  cacheFolder?: string
  /** One slot per entry; a bare and a math slot per core unless given. */
  templates?: readonly Template[]
  /** Whether identical programs run once. */
  memo?: boolean
  runId?: string
  /** Called with a line about what is built, if something is missing, and about each slot that is replaced. */
  log?: (line: string) => void
}

type Opener = (
  build: { cacheFolder: string; log: (line: string) => void },
  options: OpenSandboxOptions,
) => Promise<SlotSource>

const openers: Record<SandboxBackend, Opener> = {
  docker: async (build, { runId }) => {
    const { digest } = await ensureSandboxImage(build)
    return DockerSlots.open({ image: digest, ...(runId !== undefined && { runId }) })
  },
  bubblewrap: async (build) => {
    if (!onPath('bwrap')) throw failure('Sandbox.SlotBootFailed', NO_BACKEND)
    return BubblewrapSlots.open(await ensureRootfs(build))
  },
}

/** The slots of a backend; what they need is built if the set-up has not. */
export async function openSlots(options: OpenSandboxOptions): Promise<SlotSource> {
  const { backend = await defaultBackend(), log = () => undefined } = options
  return openers[backend]({ cacheFolder: options.cacheFolder ?? cacheFolder(), log }, options)
}

/** A sandbox over slots, with the limits that the project uses everywhere. */
export function createSandbox(
  slots: SlotSource,
  cores: number,
  templates?: readonly Template[],
  log?: (line: string) => void,
): PooledSandbox {
  const perCore = Array.from({ length: cores }, (): Template[] => ['bare', 'math']).flat()
  const chosen = templates ?? perCore
  return new PooledSandbox(slots, {
    templates: chosen,
    queueMax: Math.max(64, 4 * chosen.length),
    waitMsMax: 60_000,
    bootsMax: Math.ceil(cores / 2),
    executionsMax: 2_000,
    ageMsMax: 30 * 60_000,
    ...(log && { log }),
  })
}

/** Opens the sandbox of this machine. Close it, or its slots live until the next owner reaps them. */
export async function openSandbox(options: OpenSandboxOptions): Promise<Sandbox> {
  const pooled = createSandbox(await openSlots(options), availableParallelism(), options.templates, options.log)
  // Fewer than the pool's line may hold: what is in it waits for a slot, and the others wait with us.
  const sandbox = new GatedSandbox(pooled, CALLERS_MAX)
  return options.memo === false ? sandbox : new MemoSandbox(sandbox)
}

/** A grader that works in a sandbox which others use too. */
export function graderOn(sandbox: Sandbox): Grader {
  return new SandboxGrader(sandbox)
}

/** A grader with a sandbox of its own. */
export async function openGrader(options: OpenSandboxOptions): Promise<Grader & { close(): Promise<void> }> {
  const sandbox = await openSandbox({ templates: ['math', 'math'], ...options })
  const grader = new SandboxGrader(sandbox)
  return { compare: (pairs, rules) => grader.compare(pairs, rules), close: () => sandbox.close() }
}

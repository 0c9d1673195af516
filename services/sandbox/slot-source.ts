import type { SandboxGuarantees } from '../../contracts/ports/index.ts'
import type { Channel } from './channel.ts'
import type { Template } from './template.ts'

/** A backend: where guests run. What a pool needs of it, and nothing about programs. */
export interface SlotSource {
  readonly guarantees: SandboxGuarantees
  /** Starts a guest in slot `index`. Throws `Sandbox.SlotBootFailed` or `Sandbox.EngineUnreachable`. */
  boot(index: number, template: Template): Promise<Channel>
  /** Removes what owners that are gone have left. Gives how many. */
  reap(): Promise<number>
}

/** Room for the guest's template and the file systems in memory, on top of a program's own limit, bytes. */
export const SLOT_OVERHEAD_BYTES = 128 * 1024 * 1024
/** The most that a program may ask for, bytes. */
export const MEMORY_BYTES_MAX = 256 * 1024 * 1024
export const GUEST = '/opt/agent0/guest'

/** The whole environment of a slot. */
export const SLOT_ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: '/tmp',
  LANG: 'C.UTF-8',
  PYTHONHASHSEED: '0',
  PYTHONDONTWRITEBYTECODE: '1',
  MALLOC_ARENA_MAX: '2',
  OPENBLAS_NUM_THREADS: '1',
  OMP_NUM_THREADS: '1',
} as const

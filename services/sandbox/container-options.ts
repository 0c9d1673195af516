import type Docker from 'dockerode'
import { failure } from '../failure.ts'
import { GUEST, MEMORY_BYTES_MAX, SLOT_ENVIRONMENT, SLOT_OVERHEAD_BYTES } from './slot-source.ts'
import type { Template } from './template.ts'

const MEMORY_BYTES = MEMORY_BYTES_MAX + SLOT_OVERHEAD_BYTES
const MOUNT = 'noexec,nosuid,nodev,mode=1777'

export interface SlotContainer {
  image: string
  /** Container runtime such as `runsc`; the engine's default otherwise. */
  runtime?: string
  uid: number
  template: Template
  labels: Record<string, string>
}

/** The container of one slot, with all that locks it down. */
export function containerOptions({ image, runtime, uid, template, labels }: SlotContainer) {
  return {
    Image: image,
    Cmd: ['python3', '-sP', GUEST, template],
    Env: Object.entries(SLOT_ENVIRONMENT).map(([name, value]) => `${name}=${value}`),
    User: `${uid}:${uid}`,
    WorkingDir: '/tmp',
    Labels: labels,
    NetworkDisabled: true,
    OpenStdin: true,
    StdinOnce: true,
    Tty: false,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      ReadonlyRootfs: true,
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: 64,
      Memory: MEMORY_BYTES,
      MemorySwap: MEMORY_BYTES,
      NanoCpus: 1_000_000_000,
      Tmpfs: {
        '/tmp': `size=32m,nr_inodes=4096,${MOUNT}`,
        '/dev/shm': `size=16m,nr_inodes=1024,${MOUNT}`,
      },
      LogConfig: { Type: 'none', Config: {} },
      IpcMode: 'private',
      Init: false,
      Ulimits: [{ Name: 'nofile', Soft: 128, Hard: 128 }],
      ...(runtime !== undefined && { Runtime: runtime }),
    },
  }
}

/** Options that an engine adds to none of our containers: each would open it. */
const NEVER = {
  HostConfig: [
    'Privileged',
    'CapAdd',
    'Binds',
    'Mounts',
    'Devices',
    'DeviceRequests',
    'PidMode',
    'VolumesFrom',
    'GroupAdd',
  ],
  Config: ['Volumes'],
} as const

type Seen = Record<string, unknown>

/** One spelling for values that mean the same: the order of keys, and what is not there. */
function spelled(value: unknown): string {
  const sorted = (_key: string, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part
  return JSON.stringify(value ?? null, sorted)
}

const EMPTY = new Set(['null', '""', '[]', '{}', 'false'])

/** Where an engine's container differs from what it was asked for, each as a sentence. */
export function lockDownDifferences(asked: object, inspected: { Config: object; HostConfig: object }): string[] {
  const { HostConfig: hostAsked, User, NetworkDisabled, Env, Cmd, Image, Tty } = asked as Seen & { HostConfig: Seen }
  const config = inspected.Config as Seen
  const host = inspected.HostConfig as Seen
  const pairs = [
    ...Object.entries({ User, NetworkDisabled, Cmd, Image, Tty }).map(([name, value]) => [name, value, config[name]]),
    ...Object.entries(hostAsked).map(([name, value]) => [name, value, host[name]]),
    // The image may set more; what we set must stand.
    ['Env', Env, (config['Env'] as string[] | null)?.filter((line) => (Env as string[]).includes(line))],
  ] as [string, unknown, unknown][]
  const other = pairs
    .filter(([, wanted, actual]) => spelled(wanted) !== spelled(actual))
    .map(([name, wanted, actual]) => `${name} is ${spelled(actual)} instead of ${spelled(wanted)}`)
  const added = [
    ...NEVER.HostConfig.map((name) => [name, host[name]]),
    ...NEVER.Config.map((name) => [name, config[name]]),
  ]
    .filter(([, actual]) => !EMPTY.has(spelled(actual)))
    .map(([name, actual]) => `${String(name)} is ${spelled(actual)}, which was not asked for`)
  const closed = (host['ReadonlyPaths'] as string[] | null | undefined)?.includes('/proc/sys') === true
  return [...other, ...added, ...(closed ? [] : ['ReadonlyPaths is without /proc/sys'])]
}

/** Throws unless the engine does what it was asked for. An option that an engine ignores would go unseen otherwise. */
export async function verifyLockDown(container: Docker.Container, asked: object): Promise<void> {
  const differences = lockDownDifferences(asked, await container.inspect())
  if (differences.length > 0)
    throw failure('Sandbox.SlotBootFailed', `the engine does not lock a slot down as asked: ${differences.join('; ')}`)
}

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failure } from '../failure.ts'
import type { Channel } from './channel.ts'
import { holdUser } from './slot-users.ts'
import { ProcessChannel } from './process-channel.ts'
import { SLOT_ENVIRONMENT, type SlotSource, GUEST } from './slot-source.ts'
import { NOT_GUARANTEED } from './not-guaranteed.mjs'
import type { Template } from './template.ts'

export interface BubblewrapSlotsOptions {
  /** A root file system with Python and its packages (build-rootfs.mjs); readable by everybody. */
  rootfs: string
  /** The folder with the program that serves a slot. */
  guest?: string
}

const NAMESPACES = '--unshare-all --as-pid-1 --cap-drop ALL --die-with-parent --new-session'
const DEVICES = '--proc /proc --ro-bind /proc/sys /proc/sys --dev /dev --remount-ro /dev'

function bubblewrapArguments(rootfs: string, guest: string, template: Template): string[] {
  const mount = (...words: string[]) => words
  const temporary = (bytes: number, place: string) => ['--perms', '1777', '--size', String(bytes), '--tmpfs', place]
  return [
    ...NAMESPACES.split(' '),
    ...mount('--ro-bind', rootfs, '/'),
    ...mount('--ro-bind', guest, GUEST),
    ...DEVICES.split(' '),
    ...temporary(32 << 20, '/tmp'),
    ...temporary(16 << 20, '/dev/shm'),
    ...mount('--chdir', '/tmp'),
    '--clearenv',
    ...Object.entries(SLOT_ENVIRONMENT).flatMap(([name, value]) => ['--setenv', name, value]),
    'python3',
    '-sP',
    GUEST,
    template,
  ]
}

/**
 * What root runs: the kernel does not bound the processes of root, so a slot gets a user of its own; and because that
 * user may not be able to enter the folders on the way, both are mounted for it elsewhere, where only the slot sees it.
 */
function asUser(uid: number, rootfs: string, guest: string, template: Template): string[] {
  const script = [
    'mount -t tmpfs tmpfs /mnt && mkdir /mnt/rootfs /mnt/guest && chmod 755 /mnt',
    'mount --bind "$1" /mnt/rootfs && mount --bind "$2" /mnt/guest && shift 2',
    `exec setpriv --reuid=${uid} --regid=${uid} --clear-groups bwrap "$@"`,
  ].join(' && ')
  const inner = bubblewrapArguments('/mnt/rootfs', '/mnt/guest', template)
  return ['--mount', '--propagation', 'private', 'sh', '-c', script, 'slot', rootfs, guest, ...inner]
}

/** Slots without a container engine: namespaces made by bubblewrap, no cgroup. */
export class BubblewrapSlots implements SlotSource {
  readonly #options: Required<BubblewrapSlotsOptions>
  readonly guarantees
  /** By slot, of root's: a program may see the user outside, so it stays the same when the slot is replaced. */
  readonly #users: number[] = []
  readonly #former: Channel[] = []

  private constructor(options: Required<BubblewrapSlotsOptions>, imageDigest: string) {
    this.#options = options
    this.guarantees = { backend: 'bubblewrap' as const, imageDigest, notGuaranteed: NOT_GUARANTEED }
  }

  /** Throws `Sandbox.SlotBootFailed` if the root file system is not one. The digest is that of its list of versions. */
  static async open(options: BubblewrapSlotsOptions): Promise<BubblewrapSlots> {
    const list = await readFile(join(options.rootfs, 'opt/packages.txt')).catch((error: unknown) => {
      throw failure(
        'Sandbox.SlotBootFailed',
        `${options.rootfs} is not a sandbox root file system (opt/packages.txt is missing)`,
        error,
      )
    })
    const digest = `sha256:${createHash('sha256').update(list).digest('hex')}`
    const guest = options.guest ?? join(import.meta.dirname, 'guest')
    return new BubblewrapSlots({ ...options, guest }, digest)
  }

  async boot(index: number, template: Template): Promise<Channel> {
    const { rootfs, guest } = this.#options
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' }
    if (process.getuid?.() !== 0)
      return new ProcessChannel(spawn('bwrap', bubblewrapArguments(rootfs, guest, template), { env }))
    const user = (this.#users[index] ??= await holdUser())
    // The slot that had the user before is being ended.
    await this.#former[index]?.destroy()
    const child = spawn('unshare', asUser(user, rootfs, guest, template), { env })
    return (this.#former[index] = new ProcessChannel(child))
  }

  /** Slots die with their owner: there is nothing to find. */
  async reap(): Promise<number> {
    return 0
  }
}

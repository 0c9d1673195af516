import Docker from 'dockerode'
import { containerOptions, lockDownDifferences } from '../../../services/sandbox/container-options.ts'
import { DockerSlots } from '../../../services/sandbox/docker-slots.ts'
import { selfTest } from '../../../services/sandbox/self-test.ts'
import { Slot } from '../../../services/sandbox/slot.ts'
import type { SlotSource } from '../../../services/sandbox/slot-source.ts'
import { alteredSlots, type Edit } from '../../support/altered-guest.ts'
import { describeOn, realSlots } from '../../support/sandbox-backends.ts'

// Real slots boot in it, on machines with other work.
jest.setTimeout(60_000)

type Settings = ReturnType<typeof containerOptions>
type HostOptions = Omit<Settings['HostConfig'], 'Tmpfs'> & { Tmpfs: Record<string, string> }

/** An engine that does something else than it was asked for, and that may say otherwise when it is asked what it did. */
class Engine extends Docker {
  readonly #change: (settings: object & { HostConfig: HostOptions }) => object
  readonly #admits: boolean

  constructor(change: (settings: object & { HostConfig: HostOptions }) => object, admits: boolean) {
    super()
    this.#change = change
    this.#admits = admits
  }

  override async createContainer(asked: Docker.ContainerCreateOptions): Promise<Docker.Container> {
    const changed = this.#change(structuredClone(asked) as unknown as Settings & { HostConfig: HostOptions })
    const container = await super.createContainer(changed as Docker.ContainerCreateOptions)
    const inspect = container.inspect.bind(container)
    const told = { Config: asked, HostConfig: { ...asked.HostConfig, ReadonlyPaths: ['/proc/sys'] } }
    if (!this.#admits) container.inspect = async () => ({ ...(await inspect()), ...told }) as never
    return container
  }
}

/** Boots a slot and tests it, as a pool does. */
async function bootAndTest(slots: SlotSource): Promise<void> {
  const slot = new Slot(await slots.boot(0, 'bare'), slots.guarantees)
  try {
    await slot.ready(30_000)
    await selfTest(slot)
  } finally {
    await slot.destroy()
  }
}

async function withEngine(change: ConstructorParameters<typeof Engine>[0], admits: boolean): Promise<void> {
  const image = (await realSlots('docker')).guarantees.imageDigest
  await bootAndTest(await DockerSlots.open({ image, engine: new Engine(change, admits) }))
}

const host = (changed: object) => (settings: { HostConfig: HostOptions }) => ({
  ...settings,
  HostConfig: { ...settings.HostConfig, ...changed },
})
const temporary = (from: string, to: string) => (settings: { HostConfig: HostOptions }) => {
  const { Tmpfs } = settings.HostConfig
  const changed = Object.entries(Tmpfs).map(([place, words]) => [place, words.replace(from, to)])
  return host({ Tmpfs: Object.fromEntries(changed) as object })(settings)
}

/** Each guard of a container, taken away: what the kernel shows, and what the engine admits. */
const GUARDS: [option: string, change: ConstructorParameters<typeof Engine>[0], shows: string, admits: string][] = [
  ['CapDrop', host({ CapDrop: [] }), 'capabilities', 'CapDrop'],
  ['no-new-privileges', host({ SecurityOpt: [] }), 'no new privileges', 'SecurityOpt'],
  [
    'the engine’s system call filter',
    host({ SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'] }),
    'first system call filter',
    'SecurityOpt',
  ],
  ['a user', (settings) => ({ ...settings, User: '0:0' }), 'user', 'User'],
  ['a root file system that is read-only', host({ ReadonlyRootfs: false }), 'root file system', 'ReadonlyRootfs'],
  [
    'no network',
    (settings) => host({ NetworkMode: 'bridge' })({ ...settings, NetworkDisabled: false } as never),
    'network',
    'NetworkDisabled',
  ],
  ['PidsLimit', host({ PidsLimit: 0 }), 'number of processes', 'PidsLimit'],
  ['Memory', host({ Memory: 0, MemorySwap: 0 }), 'memory of all processes', 'Memory'],
  ['NanoCpus', host({ NanoCpus: 0 }), 'share of the processor', 'NanoCpus'],
  ['noexec', temporary('noexec', 'exec'), 'no programs in /tmp', 'Tmpfs'],
  ['nosuid', temporary('nosuid', 'suid'), 'no devices, no set-uid in /tmp', 'Tmpfs'],
  ['nodev', temporary('nodev', 'dev'), 'no devices, no set-uid in /dev/shm', 'Tmpfs'],
  ['a bound on files', temporary(',nr_inodes=4096', ''), 'number of files in /tmp', 'Tmpfs'],
  ['a bound on the size', temporary('size=16m', 'size=64m'), 'size of /dev/shm', 'Tmpfs'],
  ['processes of its own', host({ PidMode: 'host' }), 'process namespace', 'PidMode'],
  ['settings that are read-only', host({ ReadonlyPaths: [] }), 'settings of the kernel', 'ReadonlyPaths'],
  ['a file system that only it can write', host({ Binds: ['/tmp:/mnt'] }), 'nothing else writable', 'Binds'],
]

describeOn('docker', 'a slot with one guard less serves nobody', () => {
  test.each(GUARDS)('%s: the kernel shows it', async (_option, change, shows) => {
    await expect(withEngine(change, false)).rejects.toMatchObject({
      type: 'Sandbox.SlotBootFailed',
      message: expect.stringContaining(shows),
    })
  })

  test.each(GUARDS)('%s: the engine admits it', async (_option, change, _shows, admits) => {
    await expect(withEngine(change, true)).rejects.toMatchObject({
      type: 'Sandbox.SlotBootFailed',
      message: expect.stringMatching(new RegExp(`the engine does not lock.* ${admits} is`)),
    })
  })

  test('with all guards the same engine’s slot serves', async () => {
    for (const admits of [true, false])
      await expect(withEngine((settings) => settings, admits)).resolves.toBeUndefined()
  })

  test('every option that we ask for is compared', async () => {
    const image = (await realSlots('docker')).guarantees.imageDigest
    const asked = containerOptions({ image, uid: 61_000, template: 'bare', labels: {} })
    const inspected = { Config: asked, HostConfig: { ...asked.HostConfig, ReadonlyPaths: ['/proc/sys'] } }
    expect(lockDownDifferences(asked, inspected)).toEqual([])
    for (const name of Object.keys(asked.HostConfig)) {
      const without = { ...inspected, HostConfig: { ...inspected.HostConfig, [name]: undefined } }
      expect(lockDownDifferences(asked, without)).toEqual([expect.stringContaining(`${name} is null`)])
    }
  })
})

/** What the guest itself does to a child, each taken away. */
const CHILD_GUARDS: [guard: string, edit: Edit, shows: string][] = [
  [
    'PID 1 cannot be read',
    ['__main__.py', 'libc.prctl(PR_SET_DUMPABLE, 0,', 'libc.prctl(PR_SET_DUMPABLE, 1,'],
    'PID 1 is closed',
  ],
  ['a session', ['slot_child.py', '    os.setsid()\n', ''], 'session of its own'],
  ['killed first', ['slot_child.py', '    os.write(score, b"1000")\n', ''], 'killed first for memory'],
  [
    'the second filter',
    ['__main__.py', '        filter_this_process()\n', ''],
    'second system call filter, calls on other processes',
  ],
  ['a rule of it', ['slot_filter.py', /"prlimit64": \(\d+, \d+, OWN\),/, ''], 'calls on other processes'],
  ...['DATA', 'AS', 'FSIZE', 'NOFILE', 'NPROC', 'CORE', 'MSGQUEUE'].map((name): [string, Edit, string] => [
    `the limit ${name}`,
    ['slot_child.py', new RegExp(`limit\\(resource.RLIMIT_${name},.*\\)`), 'pass'],
    `RLIMIT_${name}`,
  ]),
  ['the limit CPU', ['slot_child.py', /resource\.setrlimit\(resource\.RLIMIT_CPU.*/, 'pass'], 'RLIMIT_CPU'],
]

describeOn('bubblewrap', 'a slot with one guard less serves nobody', () => {
  test.each(CHILD_GUARDS)('%s', async (_guard, edit, shows) => {
    await expect(alteredSlots([edit]).then(bootAndTest)).rejects.toMatchObject({
      type: 'Sandbox.SlotBootFailed',
      message: expect.stringContaining(shows),
    })
  })

  test('with all guards it serves', async () => {
    await expect(realSlots('bubblewrap').then(bootAndTest)).resolves.toBeUndefined()
  })
})

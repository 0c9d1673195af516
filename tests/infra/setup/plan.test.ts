import { type Machine, readRelease, TOOLS } from '../../../infra/setup/machine.mjs'
import { type Plan, planFor, type Wanted } from '../../../infra/setup/plan.mjs'

const EVERYTHING: Wanted[] = ['npm', 'temporal', 'python', 'sandbox']
const APT = ['apt-get', 'dpkg-deb']
const HAS_PIP = { path: 'python3', pip: true }

/** Debian 12, root, Node 20, Python 3.11 with pip, Go; no Docker engine, no bubblewrap, nothing of ours. */
const bare: Machine = {
  name: 'Debian GNU/Linux 12 (bookworm)',
  release: { id: 'debian', version: 12 },
  supported: true,
  rights: 'root',
  commands: [...Object.keys(TOOLS), ...APT],
  python: HAS_PIP,
  uv: false,
  go: true,
  certificates: true,
  download: 'unknown',
  engine: 'absent',
  namespaces: undefined,
  ready: { python: false, temporal: false, image: false, rootfs: false, vllm: false },
  cache: { path: '/root/.cache/agent0', writable: true, freeGb: 50 },
  checkout: { path: '/src/agent0', writable: true },
  smallTorch: false,
  namedPython: undefined,
}

const plan = (changed: Partial<Machine>, wanted = EVERYTHING) => planFor({ ...bare, ...changed }, wanted)
const without = (...names: string[]) => bare.commands.filter((name) => !names.includes(name))
const said = (made: Plan) => (made.kind === 'stop' ? made.sentences.join('\n') : '')

test('the bare machine, as root: bubblewrap is installed, and nothing more', () => {
  expect(plan({})).toEqual({ kind: 'install', packages: ['bubblewrap'] })
})

test('the same through sudo without a password', () => {
  expect(plan({ rights: 'sudo' })).toEqual({ kind: 'install', packages: ['bubblewrap'] })
})

test('where sudo asks for a password: one sentence with the command and the other way out', () => {
  expect(said(plan({ rights: 'password', python: { path: 'python3', pip: false } }))).toBe(
    'Python3 has no pip; nothing here can run model-written code: no Docker engine can be used, and bubblewrap is not ' +
      'installed: run "sudo apt-get update && sudo apt-get install -y bubblewrap python3-pip"; instead of installing ' +
      'bubblewrap, start a Docker engine ("sudo systemctl start docker", or name one in DOCKER_HOST).',
  )
})

test('without sudo the command is for root', () => {
  expect(said(plan({ rights: 'none' }))).toContain('have root run "apt-get update && apt-get install -y bubblewrap"')
})

test('an engine that answers and its client: nothing to install', () => {
  expect(plan({ engine: 'answers', commands: [...bare.commands, 'docker'] })).toEqual({ kind: 'go' })
})

test('an engine on a system without apt: its image can come from a registry', () => {
  expect(plan({ engine: 'answers', commands: [...without(...APT), 'docker'] })).toEqual({ kind: 'go' })
})

test('an engine that this user may not use is named with the command that changes that', () => {
  expect(said(plan({ engine: 'denied', rights: 'none' }))).toContain('"sudo usermod -aG docker $USER"')
})

test('no apt and no engine: both ways out, and no package of a system that is not there', () => {
  const sentence = said(plan({ commands: [...without(...APT), 'bwrap'], name: 'Fedora Linux 43' }))
  expect(sentence).toMatch(/apt-get.*start a Docker engine .* or use Debian or Ubuntu/)
})

test('refused namespaces: installing bubblewrap would be in vain, so nothing is installed', () => {
  const sentence = said(plan({ namespaces: 'unshare: unshare failed: Operation not permitted' }))
  expect(sentence).toMatch(/\(unshare: .*\): start a Docker engine .*--privileged/)
})

test('a Python that is too old is replaced where the distribution has a newer one, else named', () => {
  const old = { python: { seen: 'python3 is 3.9.2' }, commands: [...bare.commands, 'bwrap'] }
  expect(plan(old)).toEqual({ kind: 'install', packages: ['python3', 'python3-pip'] })
  const focal = { ...old, release: { id: 'ubuntu', version: 20.04 } }
  expect(said(plan(focal))).toMatch(/^Python 3\.11 or newer is needed \(python3 is 3\.9\.2\): .*AGENT0_PYTHON/)
})

test('a Python that the user has named is never replaced by another', () => {
  const named = { namedPython: '/opt/python', commands: [...bare.commands, 'bwrap'] }
  expect(said(plan({ ...named, python: { seen: 'there is no /opt/python' } }))).toContain('no /opt/python')
  expect(said(plan({ ...named, python: { path: '/opt/python', pip: false } }))).toContain('"/opt/python -m ensurepip"')
})

test('a system that is not supported is the one thing that is said', () => {
  expect(said(plan({ supported: false, name: 'Alpine Linux v3.22', commands: [] }))).toBe(
    'Only Linux with glibc is supported, and this is Alpine Linux v3.22: use a machine, a virtual machine or a ' +
      'container with, for example, Debian 12.',
  )
})

test('pip is needed only where something is still to be installed with it', () => {
  const noPip = { python: { path: 'python3', pip: false }, commands: [...bare.commands, 'bwrap'] }
  expect(plan(noPip)).toEqual({ kind: 'install', packages: ['python3-pip'] })
  expect(plan({ ...noPip, ready: { ...bare.ready, python: true, rootfs: true } })).toEqual({ kind: 'go' })
  expect(plan({ ...noPip, uv: true, ready: { ...bare.ready, rootfs: true } })).toEqual({ kind: 'go' })
})

test('no Go and no download: the three ways to a Temporal server, or the Go of a distribution that is new enough', () => {
  const none = { go: false, download: 'unreachable' as const, commands: [...bare.commands, 'bwrap'] }
  expect(said(plan(none))).toMatch(/"temporal" binary .*TEMPORAL_ADDRESS, or install Go 1\.21/)
  const trixie = { ...none, release: { id: 'debian', version: 13 } }
  expect(plan(trixie)).toEqual({ kind: 'install', packages: ['ca-certificates', 'golang-go'] })
  expect(plan({ ...none, download: 'unknown' })).toEqual({ kind: 'go' })
})

test('a Go that could trust no server gets certificates', () => {
  expect(plan({ certificates: false })).toEqual({ kind: 'install', packages: ['bubblewrap', 'ca-certificates'] })
})

test('a disk that is too small for what is still to be installed', () => {
  const tight = { cache: { ...bare.cache, freeGb: 6 } }
  expect(said(plan(tight))).toMatch(
    /has 6\.0 GB free, and set-up needs 8 GB: .*"AGENT0_CACHE=FOLDER npm run quickstart"/,
  )
  expect(plan({ ...tight, smallTorch: true }).kind).toBe('install')
  expect(plan({ ...tight, ready: { ...bare.ready, python: true } }).kind).toBe('install')
  expect(said(plan({ cache: { ...bare.cache, freeGb: 13 } }, [...EVERYTHING, 'vllm']))).toContain('needs 14 GB')
})

test('what was installed and did not help is for a person', () => {
  const made = planFor({ ...bare, python: { path: '/opt/bin/python3', pip: false } }, EVERYTHING, ['python3-pip'])
  expect(said(made)).toBe('/opt/bin/python3 has no pip: run "/opt/bin/python3 -m ensurepip".')
})

test('the release of a distribution is read from its own file', () => {
  const text = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'
  expect(readRelease(text)).toEqual({ name: bare.name, release: bare.release })
  expect(readRelease('ID=debian\n').release.version).toBe(Infinity) // the release that is still to come has no number
  expect(readRelease('')).toEqual({ name: 'an unknown system', release: { id: 'unknown', version: Infinity } })
})

/** Everything a machine can be in what a plan looks at: one choice from each row. */
const CHOICES = {
  rights: ['root', 'sudo', 'password', 'none'] as const,
  apt: [true, false],
  release: ['debian 12', 'debian 13', 'fedora 43'] as const,
  tools: [[], ['flock', 'tar']],
  python: [HAS_PIP, { path: 'python3', pip: false }, { seen: 'python3 is 3.9.2' }],
  uv: [true, false],
  server: ['ready', 'go', 'go without certificates', 'reachable', 'unknown', 'unreachable'] as const,
  engine: ['usable', 'answers', 'denied', 'absent'] as const,
  bubblewrap: ['there', 'missing', 'refused'] as const,
  made: [true, false],
  cache: ['fine', 'full', 'not writable'] as const,
}
type Choice = { [Row in keyof typeof CHOICES]: (typeof CHOICES)[Row][number] }

function* crossProduct(rows = Object.entries(CHOICES)): Generator<Choice> {
  const [[name, values] = ['', []], ...others] = rows
  if (rows.length === 0) yield {} as Choice
  else for (const rest of crossProduct(others)) for (const value of values) yield { ...rest, [name]: value } as Choice
}

function described(choice: Choice): Machine {
  const { apt, tools, server, engine, bubblewrap, made, cache } = choice
  const [id, version] = choice.release.split(' ') as [string, string]
  const lacking = [...tools, ...(apt ? [] : APT)] as string[]
  const added = [...(bubblewrap === 'there' ? ['bwrap'] : []), ...(engine === 'usable' ? ['docker'] : [])]
  return {
    ...bare,
    rights: choice.rights,
    release: { id, version: Number(version) },
    commands: [...without(...lacking), ...added],
    python: choice.python,
    uv: choice.uv,
    go: server === 'go' || server === 'go without certificates',
    certificates: server === 'go',
    download: server === 'reachable' || server === 'unreachable' ? server : 'unknown',
    engine: engine === 'usable' ? 'answers' : engine,
    namespaces: bubblewrap === 'refused' ? 'Operation not permitted' : undefined,
    ready: { ...bare.ready, python: made, rootfs: made, temporal: server === 'ready' },
    cache: { ...bare.cache, writable: cache !== 'not writable', freeGb: cache === 'full' ? 0.2 : 50 },
  }
}

/** The machine after a successful `apt-get install`. */
function afterInstalling(machine: Machine, packages: readonly string[]): Machine {
  const brought = Object.entries(TOOLS).flatMap(([command, name]) => (packages.includes(name) ? [command] : []))
  const has = (name: string) => packages.includes(name)
  return {
    ...machine,
    commands: [...machine.commands, ...brought, ...(has('bubblewrap') ? ['bwrap'] : [])],
    python: has('python3-pip') ? HAS_PIP : machine.python,
    go: machine.go || has('golang-go'),
    certificates: machine.certificates || has('ca-certificates'),
  }
}

const machines = [...crossProduct()].map((choice) => {
  const machine = described(choice)
  return { machine, made: planFor(machine, EVERYTHING) }
})

/** The machines, five at most, that break a law. */
function against(law: (machine: Machine, made: Plan) => boolean): Machine[] {
  const broken: Machine[] = []
  for (const { machine, made } of machines) {
    if (!law(machine, made)) broken.push(machine)
    if (broken.length === 5) break
  }
  return broken
}

describe(`every one of ${machines.length} machines`, () => {
  test('packages are installed only by apt and only with the rights to do so', () => {
    const mayInstall = ({ rights, commands }: Machine) =>
      ['root', 'sudo'].includes(rights) && commands.includes('apt-get')
    expect(against((machine, made) => made.kind !== 'install' || mayInstall(machine))).toEqual([])
  })

  test('what a plan installs is enough to go on', () => {
    const next = (machine: Machine, packages: string[]) =>
      planFor(afterInstalling(machine, packages), EVERYTHING, packages)
    expect(against((machine, made) => made.kind !== 'install' || next(machine, made.packages).kind === 'go')).toEqual(
      [],
    )
  })

  test('it goes on only where no later step lacks anything that was looked at', () => {
    const complete = (machine: Machine) => {
      const { commands, engine, namespaces, ready, python, go, certificates, download } = machine
      const canBuild = ready.rootfs || commands.includes('dpkg-deb')
      const runsCode =
        (engine === 'answers' && commands.includes('docker')) ||
        (commands.includes('bwrap') && namespaces === undefined && canBuild)
      const getsServer = ready.temporal || (go && certificates) || download !== 'unreachable'
      const hasTools = Object.keys(TOOLS).every((name) => commands.includes(name))
      return (
        runsCode && getsServer && hasTools && 'path' in python && machine.cache.writable && machine.cache.freeGb > 1
      )
    }
    expect(against((machine, made) => made.kind !== 'go' || complete(machine))).toEqual([])
  })

  test('every stop is sentences that name a command to type or every way out', () => {
    const isSentence = (text: string) => /^[A-Z/].*: .*\.$/.test(text)
    const helps = (text: string) =>
      /"[^"]+ [^"]+"|install the package \S+ with|TEMPORAL_ADDRESS, or install Go|Docker client.*, or /.test(text)
    const both = (text: string) => !text.includes('model-written') || (/Docker/.test(text) && /bubblewrap/.test(text))
    const fine = (text: string) => isSentence(text) && helps(text) && both(text)
    expect(
      against((_, made) => made.kind !== 'stop' || (made.sentences.length > 0 && made.sentences.every(fine))),
    ).toEqual([])
  })

  test('rights decide only who installs: what root would install is the command that others are told', () => {
    expect(
      against((machine, made) => {
        const asRoot = planFor({ ...machine, rights: 'root' }, EVERYTHING)
        if (asRoot.kind !== 'install') return made.kind === asRoot.kind
        if (made.kind === 'install') return made.packages.join() === asRoot.packages.join()
        return said(made).includes(`apt-get install -y ${asRoot.packages.join(' ')}"`)
      }),
    ).toEqual([])
  })

  test('a machine that has more needs no more', () => {
    const richer = (machine: Machine): Machine => ({
      ...machine,
      commands: [...machine.commands, ...Object.keys(TOOLS), 'bwrap', 'docker'],
      python: HAS_PIP,
      engine: 'answers',
      go: true,
      certificates: true,
    })
    expect(
      against((machine, made) => made.kind !== 'go' || planFor(richer(machine), EVERYTHING).kind === 'go'),
    ).toEqual([])
  })
})

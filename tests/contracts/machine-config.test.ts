import { MachineConfig, machineDefaults } from '../../contracts/machine-config.ts'
import { environmentOf, machineVariables, withVariables } from '../../contracts/machine-variables.ts'
import { seededRandom } from '../support/seeded-random.ts'

/** Values of each key, the default first. Folders and files are absolute, as `readMachine` leaves them. */
const values: Record<keyof typeof machineVariables, readonly unknown[]> = {
  'temporal.address': ['own', '10.0.0.1:7233'],
  'temporal.namespace': ['default', 'research'],
  'modelServer.urls': [[], ['http://10.0.0.2:8000'], ['http://a:1/v1', 'https://b:2']],
  'modelServer.engine': ['auto', 'embedded', 'vllm'],
  'modelServer.samplesMax': [384, 1, 4096],
  'modelServer.keyFile': ['none', '/run/secrets/model'],
  'trainer.kind': ['service', 'process', 'docker'],
  'trainer.url': ['own', 'http://trainer:7431'],
  'trainer.devices': ['auto', 'none', [0], [1, 3]],
  'trainer.image': ['sandbox', 'trainer@sha256:0123'],
  'trainer.tokenFile': ['none', '/run/secrets/token'],
  'store.folder': ['own', '/mnt/store'],
  'store.durability': ['power-loss', 'kill'],
  'sandbox.backend': ['auto', 'docker', 'bubblewrap'],
  'sandbox.slots': ['auto', 2, 64],
  'sandbox.memo': ['on', 'off'],
  'alerts.onAlert': ['none', 'mail -s "run, stuck" me=you@x,y'],
  'alerts.lookSeconds': [60, 1],
  'workers.rolloutTasks': [200, 7],
  'workers.bookkeepingSteps': ['auto', 3],
  'workers.logLevel': ['info', 'debug', 'error'],
  'ports.temporal': [7233, 17233],
  'ports.ui': ['none', 'auto', 8080],
  'ports.metrics': ['auto', 9090],
  'ports.model': [8000, 18000],
  'ports.trainer': [7431, 17431],
  'ports.worker': [9240, 65532],
}

type Written = Record<string, Record<string, unknown>>

const leavesOf = (config: object) =>
  Object.entries(config).flatMap(([section, keys]) => Object.keys(keys as object).map((key) => `${section}.${key}`))

/** A config with a value of `values` for each key, as `choose` says. */
function written(choose: (key: string, from: readonly unknown[]) => unknown): Written {
  const config: Written = {}
  for (const [path, from] of Object.entries(values)) {
    const [section, key] = path.split('.') as [string, string]
    config[section] = { ...config[section], [key]: choose(path, from) }
  }
  return config
}

const reread = (machine: MachineConfig) => MachineConfig.parse(withVariables({}, environmentOf(machine)))

test('all keys are optional; each has a variable of its own, and a default that the table above has first', () => {
  const keys = leavesOf(machineDefaults).toSorted()
  expect(Object.keys(machineVariables).toSorted()).toEqual(keys)
  const variables = Object.values(machineVariables).map(({ variable }) => variable)
  expect(new Set(variables).size).toBe(keys.length)
  expect(MachineConfig.parse(written((_key, from) => from[0]))).toEqual(machineDefaults)
})

test.each(Object.entries(values).flatMap(([key, from]) => from.slice(1).map((value) => [key, value] as const)))(
  '%s: %j survives the way through the environment of a worker',
  (key, value) => {
    const kind = key === 'trainer.image' ? 'docker' : 'service'
    const config = written((each, from) => (each === key ? value : each === 'trainer.kind' ? kind : from[0]))
    const machine = MachineConfig.parse(config)
    expect(machine).not.toEqual(machineDefaults)
    expect(reread(machine)).toEqual(machine)
  },
)

test('so does every config with all keys at once', () => {
  const random = seededRandom(16)
  let valid = 0
  for (let round = 0; round < 2_000; round++) {
    const parsed = MachineConfig.safeParse(written((_key, from) => random.pick(from)))
    if (!parsed.success) continue // such as an image for a trainer that is a service
    valid++
    expect(reread(parsed.data)).toEqual(parsed.data)
  }
  expect(valid).toBeGreaterThan(100)
})

test('a variable overrides the file; an empty one is not set', () => {
  const file = { store: { folder: '/a', durability: 'kill' } }
  const set = { AGENT0_STORE: '/b', AGENT0_DURABILITY: '', AGENT0_WORKER_PORT: '9000' }
  expect(withVariables(file, set)).toEqual({ store: { folder: '/b', durability: 'kill' }, ports: { worker: 9000 } })
})

test.each([
  ['an unknown key', { stores: {} }],
  ['an unknown key in a section', { store: { colour: 'red' } }],
  ['an image without a container', { trainer: { image: 'x' } }],
  ['a URL of a trainer that is no service', { trainer: { kind: 'process', url: 'http://a:1' } }],
  ['a token of a trainer that is no service', { trainer: { kind: 'docker', tokenFile: '/x' } }],
  ['devices of a trainer that somebody else runs', { trainer: { url: 'http://a:1', devices: 'none' } }],
  ['no command', { alerts: { onAlert: ' ' } }],
  ['what AGENT0_ON_ALERT once was', { alerts: { onAlert: 'off' } }],
  ['a port above the last', { ports: { model: 65_536 } }],
  ['four ports of which the last is too high', { ports: { worker: 65_533 } }],
])('%s is refused, as it would have no effect', (_what, config) => {
  expect(MachineConfig.safeParse(config).success).toBe(false)
})

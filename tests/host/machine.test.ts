import { chmodSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { machineDefaults } from '../../contracts/machine-config.ts'
import { environmentOf, machineVariables } from '../../contracts/machine-variables.ts'
import { NO_FILE, readMachine, stateFolder } from '../../host/machine.ts'
import { makeOwnSecrets, readSecrets, SECRETS, withoutSecrets } from '../../host/secrets.ts'
import { ROOT } from '../support/repository.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function fileWith(text: string, name = 'machine.yaml'): string {
  const file = join(temporaryFolder(), name)
  writeFileSync(file, text)
  return file
}

const read = (text: string, variables: Record<string, string> = {}) =>
  readMachine({ ...variables, AGENT0_MACHINE: fileWith(text) })

test('without a file every key has its default, and paths are absolute', () => {
  const state = temporaryFolder()
  const machine = readMachine({ AGENT0_MACHINE: NO_FILE, AGENT0_STATE: state })
  expect(machine).toEqual({
    ...machineDefaults,
    store: { ...machineDefaults.store, folder: join(state, 'store') },
  })
  expect(stateFolder({})).toBe(join(ROOT, '.agent0'))
})

test('machine.example.yaml has every key with its default', () => {
  const example = join(ROOT, 'machine.example.yaml')
  const written = Object.entries(parse(readFileSync(example, 'utf8')) as object)
  const keys = written.flatMap(([section, below]) => Object.keys(below as object).map((key) => `${section}.${key}`))
  expect(keys).toEqual(Object.keys(machineVariables))
  expect(readMachine({ AGENT0_MACHINE: example })).toEqual(readMachine({ AGENT0_MACHINE: NO_FILE }))
  const lines = readFileSync(example, 'utf8')
  for (const { variable } of Object.values(machineVariables)) expect(lines).toContain(`# ${variable}`)
})

test('what is read can be told to a worker, who reads the same', () => {
  const machine = read('store: { folder: data }\nmodelServer: { keyFile: keys/model }\ntrainer: { devices: [0, 1] }')
  expect(machine.store.folder).toBe(join(ROOT, 'data'))
  expect(machine.modelServer.keyFile).toBe(join(ROOT, 'keys', 'model'))
  expect(readMachine({ ...environmentOf(machine), AGENT0_MACHINE: NO_FILE })).toEqual(machine)
})

test('variables override the file', () => {
  const machine = read('store: { durability: kill }\nports: { model: 1 }', { AGENT0_MODEL_PORT: '2' })
  expect(machine.store.durability).toBe('kill')
  expect(machine.ports.model).toBe(2)
})

test.each<[string, string, Record<string, string>, RegExp]>([
  [
    'an unknown key',
    'store: { durabilty: kill }',
    {},
    /machine\.yaml: store\.durabilty: there is no such key; did you/,
  ],
  ['a wrong value', 'ports: { model: x }', {}, /machine\.yaml: ports\.model: found "x", allowed is a/],
  ['a wrong variable', '', { AGENT0_MODEL_PORT: 'x' }, /^AGENT0_MODEL_PORT: ports\.model: found "x", allowed is a/],
  ['no file', '', { AGENT0_MACHINE: '/nowhere.yaml' }, /^\/nowhere\.yaml: there is no such file$/],
])('%s is one sentence', (_what, text, variables, sentence) => {
  expect(() => readMachine({ AGENT0_MACHINE: fileWith(text), ...variables })).toThrow(sentence)
})

test.each(['modelServer: { apiKey: hunter2 }', 'modelServer: { key: hunter2 }', 'trainer: { token: hunter2 }'])(
  'a secret in a config is refused without showing it: %s',
  (text) => {
    expect(() => read(text)).toThrow(/: a config never holds a secret: put it into the variable AGENT0_MODEL_API_KEY/)
    expect(() => read(text)).not.toThrow(/hunter2/)
  },
)

test('a secret is in its variable, else in its file', () => {
  const machine = read(`modelServer: { keyFile: ${fileWith('from-file\n', 'key')} }`)
  const state = { AGENT0_STATE: temporaryFolder() }
  expect(readSecrets(machine, state)).toEqual({ AGENT0_MODEL_API_KEY: 'from-file' })
  expect(readSecrets(machine, { ...state, AGENT0_MODEL_API_KEY: 'from-variable' })).toEqual({
    AGENT0_MODEL_API_KEY: 'from-variable',
  })
  expect(readSecrets(machineDefaults, { ...state, AGENT0_TRAINER_TOKEN: 't' })).toEqual({ AGENT0_TRAINER_TOKEN: 't' })
  expect(readSecrets(machineDefaults, { ...state, VLLM_API_KEY: 'of somebody else' })).toEqual({})
})

describe('secrets of our own services', () => {
  const state = () => ({ AGENT0_STATE: join(temporaryFolder(), 'state') })
  const { modelServer, trainer } = machineDefaults

  test('are random, of one state folder, made once, and only their owner may read them', () => {
    const [one, other] = [state(), state()]
    for (const { AGENT0_STATE } of [one, other, one]) makeOwnSecrets(AGENT0_STATE)
    const secrets = readSecrets(machineDefaults, one)
    expect(Object.keys(secrets).sort()).toEqual([...SECRETS].sort())
    const all = [secrets, readSecrets(machineDefaults, other)].flatMap((each) => Object.values(each))
    expect(new Set(all.filter((text) => /^[0-9a-f]{64}$/.test(text))).size).toBe(4)
    makeOwnSecrets(one.AGENT0_STATE)
    expect(readSecrets(machineDefaults, one)).toEqual(secrets)
    const folder = join(one.AGENT0_STATE, 'secrets')
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(readdirSync(folder).sort()).toEqual([...SECRETS].sort())
    for (const name of SECRETS) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  })

  test('a person’s own wins, and somebody else’s service is never shown ours', () => {
    const variables = state()
    makeOwnSecrets(variables.AGENT0_STATE)
    expect(readSecrets(machineDefaults, { ...variables, AGENT0_MODEL_API_KEY: 'mine' })).toMatchObject({
      AGENT0_MODEL_API_KEY: 'mine',
      AGENT0_TRAINER_TOKEN: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    })
    const elsewhere = {
      ...machineDefaults,
      modelServer: { ...modelServer, urls: ['http://10.0.0.5:8000'] },
      trainer: { ...trainer, url: 'http://10.0.0.6:8001' },
    }
    expect(readSecrets(elsewhere, variables)).toEqual({})
  })

  test('one that others could read is closed, one that is no file of ours is refused', () => {
    const { AGENT0_STATE } = state()
    makeOwnSecrets(AGENT0_STATE)
    const [first, second] = SECRETS.map((name) => join(AGENT0_STATE, 'secrets', name))
    chmodSync(first!, 0o644)
    makeOwnSecrets(AGENT0_STATE)
    expect(statSync(first!).mode & 0o777).toBe(0o600)
    rmSync(second!)
    symlinkSync('/etc/hostname', second!)
    expect(() => makeOwnSecrets(AGENT0_STATE)).toThrow(`${second} is not a file of yours`)
  })
})

test('a file of a secret that is missing or empty is an error that says which', () => {
  const of = (keyFile: string) => ({ ...machineDefaults, modelServer: { ...machineDefaults.modelServer, keyFile } })
  expect(() => readSecrets(of('/nowhere'), {})).toThrow(/^\/nowhere, which AGENT0_MODEL_API_KEY_FILE names, cannot be/)
  const empty = fileWith('\n', 'empty')
  expect(() => readSecrets(of(empty), {})).toThrow(`${empty}, which AGENT0_MODEL_API_KEY_FILE names, is empty.`)
})

test('a process that is to know no secret gets none', () => {
  const variables = { PATH: '/bin', AGENT0_MODEL_API_KEY: 'a', AGENT0_TRAINER_TOKEN: 'b', VLLM_API_KEY: 'c' }
  expect(withoutSecrets(variables)).toEqual({ PATH: '/bin' })
})

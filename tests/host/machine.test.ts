import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { machineDefaults } from '../../contracts/machine-config.ts'
import { environmentOf, machineVariables } from '../../contracts/machine-variables.ts'
import { NO_FILE, readMachine, stateFolder } from '../../host/machine.ts'
import { readSecrets, withoutSecrets } from '../../host/secrets.ts'
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
  expect(readSecrets(machine, {})).toEqual({ AGENT0_MODEL_API_KEY: 'from-file' })
  expect(readSecrets(machine, { AGENT0_MODEL_API_KEY: 'from-variable' })).toEqual({
    AGENT0_MODEL_API_KEY: 'from-variable',
  })
  expect(readSecrets(machineDefaults, { AGENT0_TRAINER_TOKEN: 't' })).toEqual({ AGENT0_TRAINER_TOKEN: 't' })
  expect(readSecrets(machineDefaults, { VLLM_API_KEY: 'of somebody else' })).toEqual({})
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

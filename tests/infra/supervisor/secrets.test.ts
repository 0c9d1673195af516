import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readMachine } from '../../../host/machine.ts'
import { SECRETS } from '../../../host/secrets.ts'
import { membersOf } from '../../../host/process-identity.ts'
import { readEnvironment } from '../../../workers/environment.ts'
import { openRollout } from '../../../workers/open-services.ts'
import { notRun } from '../../support/not-run.ts'
import { hasEmbedded } from '../../support/real-model-servers.ts'
import { ROOT } from '../../support/repository.ts'
import { freePort, OwnServices } from '../../support/supervised.ts'

jest.setTimeout(300_000)

const KEY = 'an-api-key-that-nobody-may-read'
const TOKEN = 'a-token-that-nobody-may-read'
const TINY_WORLD = join(ROOT, 'models', 'tiny-world')
const env = { AGENT0_MODEL_API_KEY: KEY, AGENT0_TRAINER_TOKEN: TOKEN }

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())

function withAKey(): void {
  const services = new OwnServices()
  const said: string[] = []
  const environOf = (name: string) => {
    const { pid } = services.report().services.find((one) => one.name === name)!.process!
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  }

  beforeAll(async () => {
    await services.choosePorts()
    const worker = await freePort()
    services.ports.push(`--worker-port=${worker}`, '--only=temporal,model-server,worker-workflow,worker-rollout')
    services.configureMachine({})
    services.configure({ model: { base: TINY_WORLD }, rollout: { promptTokensMax: 128, responseTokensMax: 208 } })
    const up = await services.up({ env })
    said.push(up.said)
    expect(up).toMatchObject({ code: 0 })
  })
  afterAll(() => services.agent0(['down']))

  test('the server that `up` starts demands the key, and the supervisor watches it with the key', async () => {
    const url = `http://127.0.0.1:${services.modelPort}/v1/models`
    expect((await fetch(url)).status).toBe(401)
    expect(services.report().services.find(({ name }) => name === 'model-server')!.state).toBe('healthy')
  })

  test('`ask` works with the key, and without it says that the server rejects it', async () => {
    const ask = ['ask', 'Let x=48. Then square it. What is x?', '-k', '1', '--config', services.config]
    const asked = await services.agent0(ask, { env })
    said.push(asked.said)
    expect(asked.code).toBe(0)
    expect((await services.agent0(ask)).said).toMatch(/401/)
  })

  test('a rollout worker samples with the key', async () => {
    const variables = { AGENT0_MACHINE: services.machine, AGENT0_MODEL_PORT: String(services.modelPort) }
    const environment = readEnvironment({ ...variables, ...env, AGENT0_BASE: TINY_WORLD })
    const { services: opened, close } = await openRollout(environment, () => undefined)
    try {
      expect(await opened.models.health()).toMatchObject([{ problem: null, policies: [{ name: 'base' }] }])
    } finally {
      await close()
    }
  })

  test('each process has the secrets that it needs, and no others', () => {
    expect(environOf('model-server')).toContain(`VLLM_API_KEY=${KEY}`)
    expect(environOf('worker-rollout')).toEqual(
      expect.arrayContaining([`AGENT0_MODEL_API_KEY=${KEY}`, `AGENT0_TRAINER_TOKEN=${TOKEN}`]),
    )
    const others = ['temporal', 'worker-workflow'].flatMap(environOf)
    expect(others.filter((pair) => pair.includes(KEY) || pair.includes(TOKEN))).toEqual([])
    expect(environOf('model-server').filter((pair) => pair.includes(TOKEN))).toEqual([])
  })

  test('they are in no argument, log, state file, nor on the screen', () => {
    const report = services.report()
    const groups = report.services.flatMap(({ process: leader }) => membersOf(leader!))
    const pids = [report.supervisor, ...groups].map(({ pid }) => pid)
    expect(pids.length).toBeGreaterThanOrEqual(5)
    const files = filesBelow(services.stateFolder)
    expect(files.filter((file) => file.endsWith('.log')).length).toBeGreaterThanOrEqual(4)
    const texts = [...pids.map((pid) => `/proc/${pid}/cmdline`), ...files].map((file) => [
      file,
      readFileSync(file, 'latin1'),
    ])
    expect(texts.filter(([, text]) => text!.includes(KEY) || text!.includes(TOKEN)).map(([file]) => file)).toEqual([])
    expect(said.filter((text) => text.includes(KEY) || text.includes(TOKEN))).toEqual([])
    expect(JSON.stringify(readMachine({ ...env, AGENT0_MACHINE: services.machine }))).not.toContain(KEY)
  })
}

function withoutAKey(): void {
  const services = new OwnServices()
  const TRAINER = '--only=temporal,model-server,trainer,worker-training'
  let trainerPort = 0
  const folder = () => join(services.stateFolder, 'secrets')
  const secretOf = (name: string) => readFileSync(join(folder(), name), 'utf8').trim()

  beforeAll(async () => {
    await services.choosePorts()
    trainerPort = await freePort()
    const worker = await freePort()
    services.ports.push(`--worker-port=${worker}`, `--trainer-port=${trainerPort}`, TRAINER)
    services.configureMachine({})
    services.configure({ model: { base: TINY_WORLD }, rollout: { promptTokensMax: 128, responseTokensMax: 208 } })
    expect(await services.up()).toMatchObject({ code: 0 })
  })
  afterAll(() => services.agent0(['down']))

  test('whoever does not bring what `up` has made is turned away by both services, whatever is asked', async () => {
    const model = `http://127.0.0.1:${services.modelPort}`
    const trainer = `http://127.0.0.1:${trainerPort}`
    const asked: [string, string, string][] = [
      ['GET', model, '/v1/models'],
      ['POST', model, '/v1/completions'],
      ['POST', model, '/v1/load_lora_adapter'],
      ['POST', model, '/v1/unload_lora_adapter'],
      ['POST', model, '/tokenize'],
      ['POST', model, '/detokenize'],
      ['GET', trainer, '/v1/lineages/tiny-executor'],
      ['GET', trainer, '/v1/lineages/tiny-executor/steps/1'],
      ['PUT', trainer, '/v1/lineages/tiny-executor/steps/1'],
      ['POST', trainer, '/v1/lineages/tiny-executor/steps/1/abort'],
      ['PUT', trainer, `/v1/checkpoints/${'a'.repeat(64)}/pins/x`],
      ['DELETE', trainer, `/v1/checkpoints/${'a'.repeat(64)}/pins/x`],
      ['GET', trainer, '/livez'],
    ]
    const wrong = [{}, { authorization: 'Bearer ' }, { authorization: `Bearer ${'0'.repeat(64)}` }]
    for (const [method, url, path] of asked) {
      for (const headers of wrong) {
        const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }
        const sent = { method, headers: { 'content-type': 'application/json', ...headers }, ...body }
        expect([path, (await fetch(url + path, sent)).status]).toEqual([path, 401])
      }
    }
    const bearing = (name: string) => ({ headers: { authorization: `Bearer ${secretOf(name)}` } })
    expect((await fetch(`${model}/v1/models`, bearing('AGENT0_MODEL_API_KEY'))).status).toBe(200)
    expect((await fetch(`${trainer}/livez`, bearing('AGENT0_TRAINER_TOKEN'))).status).toBe(200)
  })

  test('`ask` finds it by itself', async () => {
    const ask = ['ask', 'Let x=48. Then square it. What is x?', '-k', '1', '--config', services.config]
    expect(await services.agent0(ask)).toMatchObject({ code: 0 })
  })

  test('it is in no argument, log or file but its own', () => {
    const secrets = SECRETS.map(secretOf)
    const report = services.report()
    const groups = report.services.flatMap(({ process: leader }) => membersOf(leader!))
    const pids = [report.supervisor, ...groups].map(({ pid }) => pid)
    const files = filesBelow(services.stateFolder).filter((file) => !file.startsWith(folder()))
    const texts = [...pids.map((pid) => `/proc/${pid}/cmdline`), ...files].map((file) => readFileSync(file, 'latin1'))
    expect(texts.length).toBeGreaterThan(8)
    expect(texts.filter((text) => secrets.some((secret) => text.includes(secret)))).toEqual([])
  })
}

describe('secrets of a machine', () => {
  if (hasEmbedded()) withAKey()
  else notRun('the embedded server with a key (npm run setup)')
})

describe('a machine whose owner has set no secret', () => {
  if (hasEmbedded()) withoutAKey()
  else notRun('the services of `up` with what it has made (npm run setup)')
})

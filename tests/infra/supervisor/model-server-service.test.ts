import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { modelProblem } from '../../../infra/supervisor/model-problem.ts'
import {
  type ModelOptions,
  modelServerService,
  modelServerUrls,
} from '../../../infra/supervisor/model-server-service.ts'
import { notRun } from '../../support/not-run.ts'
import { hasEmbedded } from '../../support/real-model-servers.ts'
import { ROOT } from '../../support/repository.ts'
import { eventually, OwnServices } from '../../support/supervised.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const TINY_WORLD = join(ROOT, 'models', 'tiny-world')
const tinyWorld: ModelOptions = {
  base: TINY_WORLD,
  port: 8000,
  contextTokensMax: 336,
  loraRankMax: 16,
  engine: { kind: 'embedded', python: 'python3' },
}

function aCopy(change: (folder: string) => void): ModelOptions {
  const base = join(temporaryFolder(), 'model')
  cpSync(TINY_WORLD, base, { recursive: true })
  change(base)
  return { ...tinyWorld, base }
}

const withConfig = (changes: object) => (folder: string) => {
  const file = join(folder, 'config.json')
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...changes }))
}

describe('before anything is started, one sentence says why a base model cannot be served', () => {
  test.each<[string, ModelOptions, RegExp]>([
    [
      'no folder',
      { ...tinyWorld, base: '/no/model' },
      /^\/no\/model is not a model folder \(config\.json is missing\)/,
    ],
    [
      'weights that are cut',
      aCopy((base) => truncateSync(join(base, 'model.safetensors'), 3_000_000)),
      /3000000 bytes of/,
    ],
    [
      'no header',
      aCopy((base) => writeFileSync(join(base, 'model.safetensors'), 'x')),
      /safetensors is cut or damaged/,
    ],
    ['another architecture', aCopy(withConfig({ architectures: ['LlamaForCausalLM'] })), /knows only Qwen3ForCausalLM/],
    [
      'a config that is no JSON',
      aCopy((base) => writeFileSync(join(base, 'config.json'), '{')),
      /cannot be read as a model/,
    ],
    ['more tokens than positions', { ...tinyWorld, contextTokensMax: 513 }, /has 512 positions, .* ask for 513/],
    ['an engine that is not here', { ...tinyWorld, engine: { kind: 'absent', sentence: 'Get it.' } }, /^Get it\.$/],
  ])('%s', (_what, model, sentence) => {
    expect(modelProblem(model)).toMatch(sentence)
  })

  test('nothing is wrong with the shipped one, nor with one that another machine serves', () => {
    expect(modelProblem(tinyWorld)).toBeUndefined()
    const engine = { kind: 'external', urls: ['http://elsewhere:8000'] } as const
    expect(modelProblem({ ...tinyWorld, base: '/no/model', engine })).toBeUndefined()
  })
})

test('vLLM gets a largest rank that it knows, and on a CPU a batch that holds a whole prompt', () => {
  const engine = { kind: 'vllm', command: 'vllm', device: 'cpu' } as const
  const { command } = modelServerService({ ...tinyWorld, contextTokensMax: 10_000, loraRankMax: 24, engine })
  const flags = command!.args.join(' ')
  expect(flags).toContain('--max-lora-rank 32')
  expect(flags).toContain('--max-num-batched-tokens 10000')
})

/** Flags and their values, and the variables before the command, out of a command line. */
function wordsOf(commandLine: string): { variables: string[]; flags: string[] } {
  const words = commandLine.replaceAll('\\\n', ' ').trim().split(/\s+/)
  const flags = words
    .slice(words.indexOf('serve') + 2)
    .join(' ')
    .split(/ ?(?=--)/)
  return { variables: words.filter((word) => /^[A-Z_]+=/.test(word)), flags: flags.toSorted() }
}

test("on a GPU the user's own vLLM gets the flags that docs/operations/serving.md tells a person to give, and those alone", () => {
  const page = readFileSync(join(ROOT, 'docs', 'operations', 'serving.md'), 'utf8')
  const told = wordsOf(/## Your own vLLM\n\n```\n([^`]*)```/.exec(page)![1]!)
  const engine = { kind: 'vllm', command: '/opt/vllm/bin/vllm', device: 'gpu' } as const
  const { command } = modelServerService({ ...tinyWorld, contextTokensMax: 8192, loraRankMax: 32, engine })
  const given = wordsOf([command!.file, ...command!.args].join(' '))
  const differs = (flag: string) => /^--(port|shutdown-timeout) /.test(flag)
  expect(given.flags.filter((flag) => !differs(flag))).toEqual(told.flags.filter((flag) => !differs(flag)))
  expect(told.flags.length).toBeGreaterThan(10)
  const variables = Object.entries(command!.env!).map(([name, value]) => `${name}=${value}`)
  expect(variables).toEqual(expect.arrayContaining(told.variables))
  expect(command!.file).toBe('/opt/vllm/bin/vllm')
})

test.each<ModelOptions['engine']>([
  { kind: 'embedded', python: '/usr/bin/python3' },
  { kind: 'vllm', command: '/opt/vllm', device: 'gpu' },
  { kind: 'vllm', command: '/opt/vllm', device: 'cpu' },
])('a server that we start is told the key by its environment alone: %j', (engine) => {
  const { command } = modelServerService({ ...tinyWorld, engine }, { AGENT0_MODEL_API_KEY: 'a-key' })
  expect(command!.env).toMatchObject({ VLLM_API_KEY: 'a-key' })
  expect(command!.args.join(' ')).not.toContain('a-key')
})

test('the addresses of several servers can be read from the table again', () => {
  const urls = ['http://10.0.0.1:8000', 'https://other:8443/v1']
  expect(modelServerUrls(modelServerService({ ...tinyWorld, engine: { kind: 'external', urls } }).address)).toEqual(
    urls,
  )
})

jest.setTimeout(300_000)

// vLLM under supervision: tests/chaos/kill-vllm.full.test.ts.
function underSupervision(): void {
  const services = new OwnServices()
  const server = () => services.report().services.find(({ name }) => name === 'model-server')!
  const served = async () =>
    (await (await fetch(`http://127.0.0.1:${services.modelPort}/v1/models`, { headers: services.key })).json()) as {
      data: { root: string }[]
    }

  beforeAll(async () => {
    await services.choosePorts()
    services.configureMachine({ modelServer: { engine: 'embedded' } })
    services.configure({
      model: { base: TINY_WORLD },
      rollout: { promptTokensMax: 128, responseTokensMax: 208 },
    })
  })
  afterAll(() => services.agent0(['down']))

  test('`up` starts it with the base model of the config', async () => {
    const { code, said } = await services.up()
    expect(said).toContain(`http://127.0.0.1:${services.modelPort} (embedded, ${TINY_WORLD})`)
    expect(code).toBe(0)
    expect((await served()).data).toMatchObject([{ id: 'base', root: TINY_WORLD, max_model_len: 336 }])
  })

  test('when it is killed it comes back', async () => {
    process.kill(server().process!.pid, 'SIGKILL')
    await eventually('the server is back', () => server().restarts === 1 && server().state === 'healthy', 200_000)
    expect((await served()).data).toHaveLength(1)
  })
}

describe('the embedded server under supervision', () => {
  if (hasEmbedded()) underSupervision()
  else notRun('the supervised embedded server (npm run setup)')
})

import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { RunConfigInput } from '../../contracts/run-config.ts'
import { configFile } from '../support/presets.ts'
import { notRun } from '../support/not-run.ts'
import { hasEmbedded } from '../support/real-model-servers.ts'
import { ROOT } from '../support/repository.ts'
import { OwnServices } from '../support/supervised.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { tinyAdapter } from '../support/tiny-adapter.ts'

// The tiny world's model, served; programs run in the real sandbox.
jest.setTimeout(120_000)

const QUESTION = 'Let x=48. Then square it. Then add 7. What is x?'
const POLICY = 'tiny-world-executor-v1-00000000'
const tinyWorld = parse(configFile('tiny-world').text) as RunConfigInput

test('where nothing runs, it says how to start a server', async () => {
  const { code, said } = await new OwnServices().agent0(['ask', QUESTION])
  expect(said).toBe('No model server runs on this machine: start it with "agent0 up" (and the same --config).')
  expect(code).toBe(1)
})

function withTheTinyWorld(): void {
  const services = new OwnServices()
  const asked = (...args: string[]) => services.agent0(['ask', ...args, '--config', services.config])

  beforeAll(async () => {
    await services.choosePorts()
    services.configureMachine({})
    services.configure(tinyWorld)
    expect(await services.up()).toMatchObject({ code: 0 })
  })
  afterAll(() => services.agent0(['down']))

  test('samples turn by turn with programs and their output, then the vote', async () => {
    const { code, said } = await asked(QUESTION, '-k', '12')
    expect(said.match(/^── sample \d+: /gm)).toHaveLength(12)
    expect(said).toMatch(/```python\nx=48\n[^]*?\n```\n```output\n\d+\n```\n/)
    expect(said).toMatch(/Vote of 12: .*\nLabel -?\d+, p̂ = \d\.\d\d$/)
    expect(code).toBe(0)
  })

  test('the same seed gives the same answers', async () => {
    const [first, again, other] = await Promise.all(
      ['3', '3', '4'].map((seed) => asked(QUESTION, '-k', '2', '--seed', seed)),
    )
    expect(again).toEqual(first)
    expect(other!.said).not.toBe(first!.said)
  })

  test('the curriculum’s role proposes tasks and says which pass the gate', async () => {
    const { said, code } = await asked('--role', 'curriculum', '-k', '8')
    expect(said).toMatch(/── sample \d: well formed · \d+ tokens\n<question>Let x=.*<\/question>\n\\boxed\{-?\d+\}/)
    expect(code).toBe(0)
  })

  test('a loaded policy is listed with digest and time, and asked by its name', async () => {
    const path = tinyAdapter(join(temporaryFolder(), 'adapter'), 0)
    const url = `http://127.0.0.1:${services.modelPort}/v1/load_lora_adapter`
    const body = JSON.stringify({ lora_name: POLICY, lora_path: path })
    const headers = { 'content-type': 'application/json', ...services.key }
    expect(await fetch(url, { method: 'POST', body, headers })).toMatchObject({
      status: 200,
    })
    const { said } = await services.agent0(['models', 'ls'])
    expect(said).toMatch(new RegExp(`${services.modelPort} +base +– +\\d+ ms +${ROOT}/models/tiny-world$`, 'm'))
    expect(said).toMatch(new RegExp(`${services.modelPort} +${POLICY} +[0-9a-f]{12} +\\d+ ms +${path}$`, 'm'))
    // An adapter that adds nothing answers as its base.
    expect(await asked(QUESTION, '-k', '2', '--policy', POLICY)).toEqual(await asked(QUESTION, '-k', '2'))
  })

  test.each<[string, string[], RegExp]>([
    [
      'a policy that nobody has loaded',
      [QUESTION, '--policy', 'nobody'],
      /^No server has loaded the policy nobody; loaded are: base/,
    ],
    ['no question', [], /^A question is needed: agent0 ask "/],
  ])('one sentence for %s', async (_what, args, sentence) => {
    const { code, said } = await asked(...args)
    expect(said).toMatch(sentence)
    expect(said).not.toContain('\n')
    expect(code).toBe(1)
  })

  test('a config with another base model than the one that is served is refused', async () => {
    const base = join(temporaryFolder(), 'other')
    cpSync(join(ROOT, 'models', 'tiny-world'), base, { recursive: true })
    services.configure({ ...tinyWorld, model: { base } })
    const { said } = await asked(QUESTION)
    expect(said).toContain(`serves ${ROOT}/models/tiny-world, the config names ${base}: "agent0 down", then`)
  })
}

describe('with the tiny world', () => {
  if (hasEmbedded()) withTheTinyWorld()
  else notRun('agent0 ask (npm run setup)')
})

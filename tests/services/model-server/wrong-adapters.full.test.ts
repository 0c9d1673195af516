import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CanaryCheck, ModelServer, ServablePolicy, StepRecord } from '../../../contracts/ports/index.ts'
import { joined, meanDifference } from '../../../services/model-server/compare-canary.ts'
import { openModelServer } from '../../../services/model-server/open.ts'
import { notRun } from '../../support/not-run.ts'
import { aServablePolicy } from '../../support/policies.ts'
import { hasEmbedded, startEmbedded } from '../../support/real-model-servers.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { trainedSteps } from '../../support/trained-steps.ts'
import { tinyModels } from '../../support/tiny-models.ts'

// What vLLM was seen to do with adapters, brought about on the embedded server: bug report V3.

jest.setTimeout(600_000)

const ADAPTER = 'adapter_model.safetensors'
/** The floor of a run's bound. */
const BOUND = 1e-3
const SETTINGS = 'adapter_config.json'

type Header = Record<string, { data_offsets: [number, number] }>

/** A copy of an adapter in which its tensors are others. safetensors: a length, a JSON header, the bytes. */
function altered(folder: string, alter: (header: Header, bytes: Buffer) => Header): string {
  const copy = join(temporaryFolder(), 'adapter')
  cpSync(folder, copy, { recursive: true })
  const whole = readFileSync(join(copy, ADAPTER))
  const length = Number(whole.readBigUInt64LE(0))
  const bytes = whole.subarray(8 + length)
  const header = alter(JSON.parse(whole.subarray(8, 8 + length).toString()) as Header, bytes)
  const text = Buffer.from(JSON.stringify(header))
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(text.length))
  writeFileSync(join(copy, ADAPTER), Buffer.concat([size, text, bytes]))
  return copy
}

const zeroed = (folder: string) =>
  altered(folder, (header, bytes) => {
    for (const [name, { data_offsets: at }] of Object.entries(header))
      if (name.includes('lora_B')) bytes.fill(0, at[0], at[1])
    return header
  })

const renamed = (folder: string) =>
  altered(folder, (header) =>
    Object.fromEntries(Object.entries(header).map(([name, tensor]) => [name.replace('base_model.model.', ''), tensor])),
  )

function ofLargerRank(folder: string): string {
  const copy = altered(folder, (header) => header)
  const settings = JSON.parse(readFileSync(join(copy, SETTINGS), 'utf8')) as object
  writeFileSync(join(copy, SETTINGS), JSON.stringify({ ...settings, r: 1_024 }))
  return copy
}

if (hasEmbedded()) {
  // The second rate moves little, as the first steps of a run may.
  describe.each([0.05, 2e-6])('at a learning rate of %d', (learningRate) => {
    let server: ModelServer
    let end: () => Promise<void>
    let steps: StepRecord[]
    let foreign: StepRecord
    let version = 0

    beforeAll(async () => {
      const models = await tinyModels()
      const { url, kill } = await startEmbedded(models.base)
      server = openModelServer({ urls: [url] })
      end = async () => {
        await server.close()
        await kill()
      }
      steps = await trainedSteps(models, { learningRate, steps: 2 })
      foreign = (await trainedSteps(models, { learningRate: 0.05, steps: 1, seed: 40 }))[0]!
    }, 600_000)
    afterAll(() => end())

    /** Publishes a folder's adapter, under a name that is new, as the policy of the second step. */
    const publish = (folder: string | null, changes: Partial<CanaryCheck> = {}) => {
      const policy: ServablePolicy = aServablePolicy((version += 1), folder)
      return server.ensurePolicy(policy, { canary: steps[1]!.canary, bound: BOUND, isAccepted: false, ...changes })
    }

    test('the second rate moves a logprob by less than the bound in the mean', () => {
      const { rows } = steps[1]!.canary
      const moved = meanDifference(
        rows.flatMap(({ logprobs }) => logprobs),
        joined(rows, 'parent')!,
      )
      expect([learningRate, moved < BOUND]).toEqual([learningRate, learningRate < 0.01])
    })

    test('the right adapter passes, far below the bound, and so does the base beside the trainer', async () => {
      const [loaded] = await publish(steps[1]!.checkpointDir)
      expect(loaded!.canaryDifference).toBeLessThan(1e-5)
      const [base] = await server.compareBase(steps[1]!.canary)
      expect(base!.difference).toBeLessThan(1e-5)
    })

    const wrong: [string, () => string | null, string][] = [
      ['the adapter of the step before', () => steps[0]!.checkpointDir, 'Agent0.OtherWeights'],
      ['a zero adapter', () => zeroed(steps[1]!.checkpointDir), 'Agent0.OtherWeights'],
      ['an adapter that is not applied', () => null, 'Agent0.OtherWeights'],
      ['the adapter of another policy', () => foreign.checkpointDir, 'Agent0.CanaryOverBound'],
      ['an adapter with the names of another library', () => renamed(steps[1]!.checkpointDir), 'Llm.BadRequest'],
      [
        'an adapter of a larger rank than the server allows',
        () => ofLargerRank(steps[1]!.checkpointDir),
        'Llm.BadRequest',
      ],
    ]
    test.each(wrong)('%s is refused', async (_what, folder, type) => {
      await expect(publish(folder())).rejects.toMatchObject({ type, nonRetryable: true })
    })

    test.each(wrong.filter(([, , type]) => type !== 'Agent0.CanaryOverBound'))(
      '%s is refused whatever the bound, and though a person accepts it',
      async (_what, folder, type) => {
        const accepted = publish(folder(), { bound: 100, isAccepted: true })
        await expect(accepted).rejects.toMatchObject({ type, nonRetryable: true })
      },
    )
  })
} else notRun('wrong adapters on the embedded server (npm run setup)')

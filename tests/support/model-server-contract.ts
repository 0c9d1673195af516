import { Generation } from '../../contracts/rollout.ts'
import type { Policy } from '../../contracts/policy.ts'
import type { Canary, GenerateRequest, ModelServer, Sampled } from '../../infra/services/model-server-port.ts'
import { aPolicy } from './policies.ts'

export interface ScoredSample {
  policy: 'base' | 'first' | 'second'
  promptTokenIds: number[]
  tokenIds: number[]
}

/** What the contract is tried on: a server, two adapters that it can load, and what a trainer says of them. */
export interface ContractSubject {
  server: ModelServer
  folders: { first: string; second: string }
  canaries: Record<'base' | 'first' | 'second', Omit<Canary, 'tolerance'>>
  /** Token of one character. */
  tokenOf: (character: string) => number
  /** Text of tokens; none for those that have no text. */
  textOf: (tokenIds: readonly number[]) => string
  /** Recomputes logprobs as the trainer does. */
  score?: (samples: readonly ScoredSample[]) => Promise<number[][]>
  /** Makes the server lose its adapters as a restart does. */
  forget?: () => Promise<void>
  close: () => Promise<void>
}

const PROMPT = 'What is 6*7?\n'
const TOLERANCE = 1e-3
const LOGPROB_TOLERANCE = 1e-4

/**
 * The laws of the port `ModelServer`, for whatever keeps them (notes on serving §8).
 * @param has what the subject has, so that what cannot be tested is no test
 */
export function modelServerContract(
  open: () => Promise<ContractSubject>,
  has: { score: boolean; forget: boolean },
): void {
  let subject: ContractSubject
  let policies: Record<'base' | 'first' | 'second', Policy>

  beforeAll(async () => {
    subject = await open()
    const { first, second } = subject.folders
    policies = { base: aPolicy(0, null), first: aPolicy(1, first), second: aPolicy(2, second) }
  }, 600_000)
  afterAll(() => subject.close())

  const prompt = () => Array.from(PROMPT, subject.tokenOf)
  const generate = (changes: Partial<GenerateRequest> = {}): Promise<Sampled[]> =>
    subject.server.generate({
      policy: policies.base,
      promptTokenIds: prompt(),
      sampling: { temperature: 1, topP: 1, topK: 'none' },
      tokensMax: 24,
      stop: [],
      seed: 5,
      samples: 1,
      task: 'task-1',
      ...changes,
    })
  const tokensOf = (sampled: readonly Sampled[]) => sampled.map(({ generation }) => generation.tokenIds)

  test('each sample has as many logprobs as tokens, the policy that wrote it and a seed of its own', async () => {
    const sampled = await generate({ policy: policies.first, samples: 4, seed: 90 })
    expect(sampled).toHaveLength(4)
    for (const [index, { policy, generation }] of sampled.entries()) {
      expect(Generation.parse(generation)).toEqual(generation)
      expect(policy).toBe(policies.first.name)
      expect(generation.seed).toBe(90 + index)
      expect(generation.logprobs.every((logprob) => logprob <= 0 && logprob > -100)).toBe(true)
      expect(generation.text).toBe(subject.textOf(generation.tokenIds))
    }
  })

  test('a sample stops at its limit of tokens, or before it at the end token', async () => {
    const sampled = await generate({ samples: 16, tokensMax: 60, seed: 1000 })
    for (const { generation } of sampled) {
      const isWhole = generation.tokenIds.length === 60
      expect(generation.finish).toBe(isWhole ? 'length' : 'end_of_sequence')
    }
    expect(sampled.some(({ generation }) => generation.finish === 'length')).toBe(true)
  })

  test('a sample that meets a stop text ends behind it, and keeps its tokens', async () => {
    const sampled = await generate({ samples: 16, tokensMax: 200, stop: ['a'], seed: 300 })
    const stopped = sampled.filter(({ generation }) => generation.finish === 'stop_text')
    expect(stopped).not.toEqual([])
    for (const { generation } of stopped) {
      expect(generation.text.indexOf('a')).toBe(generation.text.length - 1)
      expect(generation.tokenIds.at(-1)).toBe(subject.tokenOf('a'))
      expect(generation.text).toBe(subject.textOf(generation.tokenIds))
    }
    for (const { generation } of sampled.filter((each) => !stopped.includes(each)))
      expect(generation.text).not.toContain('a')
  })

  test('the same seed gives the same tokens, another gives others, and n samples are n seeds in a row', async () => {
    const together = tokensOf(await generate({ samples: 4, seed: 70 }))
    const alone = await Promise.all([70, 71, 72, 73].map((seed) => generate({ seed })))
    expect(alone.flatMap(tokensOf)).toEqual(together)
    expect(new Set(together.map(String)).size).toBe(4)
  })

  test('at temperature 0 all samples are equal, whatever their seed', async () => {
    const sampling = { temperature: 0, topP: 1, topK: 'none' } as const
    const greedy = tokensOf(await generate({ sampling, samples: 3, seed: 8 }))
    expect(greedy).toEqual([greedy[0], greedy[0], greedy[0]])
  })

  if (has.score)
    test('the logprobs are those that the trainer computes for the same tokens, base and adapters', async () => {
      const names = ['base', 'first', 'second'] as const
      const sampled = await Promise.all(names.map((name) => generate({ policy: policies[name], samples: 4 })))
      const rows = names.flatMap((policy, at) => sampled[at]!.map(({ generation }) => ({ policy, generation })))
      const recomputed = await subject.score!(
        rows.map(({ policy, generation }) => ({ policy, promptTokenIds: prompt(), tokenIds: generation.tokenIds })),
      )
      for (const [row, { generation }] of rows.entries()) {
        const differences = generation.logprobs.map((logprob, at) => Math.abs(logprob - recomputed[row]![at]!))
        expect(Math.max(...differences)).toBeLessThanOrEqual(LOGPROB_TOLERANCE)
      }
    }, 120_000)

  test('a policy is loaded once, and its canary agrees with the trainer', async () => {
    for (const name of ['base', 'first', 'second'] as const) {
      const canary = { ...subject.canaries[name], tolerance: TOLERANCE }
      const [loaded] = await subject.server.ensurePolicy(policies[name], canary)
      expect(loaded!.canaryDifference).toBeLessThanOrEqual(TOLERANCE)
      expect(await subject.server.ensurePolicy(policies[name], null)).toEqual([
        { server: loaded!.server, loadedNow: false, canaryDifference: null },
      ])
    }
  })

  test('weights that are not those of the trainer are refused', async () => {
    const canary = { ...subject.canaries.second, tolerance: TOLERANCE }
    const refusal = { type: 'Agent0.Invariant', nonRetryable: true }
    await expect(subject.server.ensurePolicy(policies.first, canary)).rejects.toMatchObject(refusal)
  })

  test('a name never gets other weights', async () => {
    await subject.server.ensurePolicy(policies.first, null)
    const impostor = { ...policies.first, uri: subject.folders.second }
    await expect(subject.server.ensurePolicy(impostor, null)).rejects.toMatchObject({ type: 'Agent0.Invariant' })
  })

  test('an adapter that is not there is refused, and hurts no other', async () => {
    const before = tokensOf(await generate({ policy: policies.first }))
    const missing = aPolicy(3, `${subject.folders.first}-missing`)
    const refusal = { type: 'Llm.BadRequest', nonRetryable: true }
    await expect(subject.server.ensurePolicy(missing, null)).rejects.toMatchObject(refusal)
    await expect(generate({ policy: missing })).rejects.toMatchObject(refusal)
    expect(tokensOf(await generate({ policy: policies.first }))).toEqual(before)
  })

  test('one policy answers as before after another was used', async () => {
    const before = await generate({ policy: policies.first, samples: 2 })
    const others = await generate({ policy: policies.second, samples: 2 })
    expect(tokensOf(others)).not.toEqual(tokensOf(before))
    expect(tokensOf(await generate({ policy: policies.first, samples: 2 }))).toEqual(tokensOf(before))
  })

  test('a prompt longer than the context is refused', async () => {
    const promptTokenIds = Array<number>(1100).fill(subject.tokenOf('a'))
    await expect(generate({ promptTokenIds })).rejects.toMatchObject({ type: 'Llm.BadRequest', nonRetryable: true })
  })

  test('a request that is given up rejects with the reason', async () => {
    const stop = new AbortController()
    const given = generate({ tokensMax: 900, samples: 8, signal: stop.signal })
    stop.abort(new Error('the user stopped'))
    await expect(given).rejects.toThrow('the user stopped')
  })

  test('the server tells its version and its policies', async () => {
    await subject.server.ensurePolicy(policies.first, null)
    const [health] = await subject.server.health()
    expect(health).toMatchObject({ problem: null, version: expect.any(String) })
    const served = health!.policies.find(({ name }) => name === policies.first.name)
    expect(served).toMatchObject({ root: subject.folders.first })
  })

  if (has.forget)
    test('a server that has forgotten its adapters gets them again, and answers as before', async () => {
      const before = tokensOf(await generate({ policy: policies.first }))
      await subject.forget!()
      expect(tokensOf(await generate({ policy: policies.first }))).toEqual(before)
    })
}

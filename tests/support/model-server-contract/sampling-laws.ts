import { Generation } from '../../../contracts/rollout.ts'
import { tokensOf, type ContractRig } from './rig.ts'

/** What a sample is. */
export function samplingLaws(rig: ContractRig): void {
  test('each sample has as many logprobs as tokens, the policy that wrote it and a seed of its own', async () => {
    const sampled = await rig.generate({ policy: rig.policies.first, samples: 4, seed: 90 })
    expect(sampled).toHaveLength(4)
    for (const [index, { policy, generation }] of sampled.entries()) {
      expect(Generation.parse(generation)).toEqual(generation)
      expect(policy).toBe(rig.policies.first.name)
      expect(generation.seed).toBe(90 + index)
      expect(generation.logprobs.every((logprob) => logprob <= 0 && logprob > -100)).toBe(true)
      expect(generation.text).toBe(rig.subject.textOf(generation.tokenIds))
    }
  })

  test('a sample stops at its limit of tokens, or before it at the end token', async () => {
    const sampled = await rig.generate({ samples: 16, tokensMax: 60, seed: 1000 })
    for (const { generation } of sampled) {
      const isWhole = generation.tokenIds.length === 60
      expect(generation.finish).toBe(isWhole ? 'length' : 'end_of_sequence')
    }
    expect(sampled.some(({ generation }) => generation.finish === 'length')).toBe(true)
  })

  test('a sample that meets a stop text ends behind it, and keeps its tokens', async () => {
    const sampled = await rig.generate({ samples: 16, tokensMax: 200, stop: ['a'], seed: 300 })
    const stopped = sampled.filter(({ generation }) => generation.finish === 'stop_text')
    expect(stopped).not.toEqual([])
    for (const { generation } of stopped) {
      expect(generation.text.indexOf('a')).toBe(generation.text.length - 1)
      expect(generation.tokenIds.at(-1)).toBe(rig.subject.tokenOf('a'))
      expect(generation.text).toBe(rig.subject.textOf(generation.tokenIds))
    }
    for (const { generation } of sampled.filter((each) => !stopped.includes(each)))
      expect(generation.text).not.toContain('a')
  })

  test('a sample that meets a stop token ends behind it, as at the end token', async () => {
    const stopTokenIds = [rig.subject.tokenOf('a'), rig.subject.tokenOf('b')]
    const sampled = await rig.generate({ samples: 16, tokensMax: 200, stopTokenIds, seed: 300 })
    const stopped = sampled.filter(({ generation }) => stopTokenIds.includes(generation.tokenIds.at(-1)!))
    expect(stopped).not.toEqual([])
    for (const { generation } of stopped) expect(generation.finish).toBe('end_of_sequence')
    for (const { generation } of sampled)
      expect(generation.tokenIds.slice(0, -1).some((id) => stopTokenIds.includes(id))).toBe(false)
  })

  test('the same seed gives the same tokens, another gives others, and n samples are n seeds in a row', async () => {
    const together = tokensOf(await rig.generate({ samples: 4, seed: 70 }))
    const alone = await Promise.all([70, 71, 72, 73].map((seed) => rig.generate({ seed })))
    expect(alone.flatMap(tokensOf)).toEqual(together)
    expect(new Set(together.map(String)).size).toBe(4)
  })

  test('at temperature 0 all samples are equal, whatever their seed', async () => {
    const sampling = { temperature: 0, topP: 1, topK: 'none' } as const
    const greedy = tokensOf(await rig.generate({ sampling, samples: 3, seed: 8 }))
    expect(greedy).toEqual([greedy[0], greedy[0], greedy[0]])
  })

  test('a prompt longer than the context is refused', async () => {
    const promptTokenIds = Array<number>(1100).fill(rig.subject.tokenOf('a'))
    await expect(rig.generate({ promptTokenIds })).rejects.toMatchObject({ type: 'Llm.BadRequest', nonRetryable: true })
  })

  test('a request that is given up rejects with the reason', async () => {
    const stop = new AbortController()
    const given = rig.generate({ tokensMax: 900, samples: 8, signal: stop.signal })
    stop.abort(new Error('the user stopped'))
    await expect(given).rejects.toThrow('the user stopped')
  })
}

import type { ContractRig } from './rig.ts'

const TOLERANCE = 1e-4

/** For what has a model: its numbers are the trainer's. */
export function logprobLaws(rig: ContractRig): void {
  test('the logprobs are those that the trainer computes for the same tokens, base and adapters', async () => {
    const names = ['base', 'first', 'second'] as const
    const sampled = await Promise.all(names.map((name) => rig.generate({ policy: rig.policies[name], samples: 4 })))
    const rows = names.flatMap((policy, at) => sampled[at]!.map(({ generation }) => ({ policy, generation })))
    const recomputed = await rig.subject.score!(
      rows.map(({ policy, generation }) => ({ policy, promptTokenIds: rig.prompt(), tokenIds: generation.tokenIds })),
    )
    for (const [row, { generation }] of rows.entries()) {
      const differences = generation.logprobs.map((logprob, at) => Math.abs(logprob - recomputed[row]![at]!))
      expect(Math.max(...differences)).toBeLessThanOrEqual(TOLERANCE)
    }
  })
}

import type { ContractRig } from './rig.ts'

/** A row as weights score it that are neither its parent's nor the base's. */
const rowOf = (rig: ContractRig, index: number) => {
  const row = rig.subject.canaries.first.rows[index]!
  return { ...row, logprobs: row.logprobs.map((value) => value - 1), base: null }
}

/** How it is noticed that a server has other weights. */
export function canaryLaws(rig: ContractRig): void {
  test('weights that are not those of the trainer are refused; a person may accept them', async () => {
    const refusal = { type: 'Agent0.CanaryOverBound', nonRetryable: true }
    const [second, accepted] = [rig.check('second'), rig.check('second', { isAccepted: true })]
    await expect(rig.subject.server.ensurePolicy(rig.policies.first, second)).rejects.toMatchObject(refusal)
    const [loaded] = await rig.subject.server.ensurePolicy(rig.policies.first, accepted)
    expect(loaded!.canaryDifference).toBeGreaterThan(second.bound)
  })

  test('a server that answers as the base or the parent is refused, whatever the bound and whoever accepts it', async () => {
    const refusal = { type: 'Agent0.OtherWeights', nonRetryable: true }
    const lax = { bound: 100, isAccepted: true }
    await expect(rig.subject.server.ensurePolicy(rig.policies.base, rig.check('second', lax))).rejects.toMatchObject(
      refusal,
    )
    // Its parent: the policy that it was trained from, which a server may still have under the new name.
    const { rows } = rig.subject.canaries.first
    const asParent = rows.map((row, index) => ({ ...rowOf(rig, index), parent: row.logprobs }))
    const canary = { rows: asParent }
    await expect(rig.subject.server.ensurePolicy(rig.policies.first, { ...lax, canary })).rejects.toMatchObject(refusal)
  })
}

import { aServablePolicy } from '../policies.ts'
import { tokensOf, type ContractRig } from './rig.ts'

const TOLERANCE = 1e-3

/** How a policy comes to a server, and stays itself. */
export function policyLaws(rig: ContractRig): void {
  test('a policy is loaded once, and its canary agrees with the trainer', async () => {
    for (const name of ['base', 'first', 'second'] as const) {
      const canary = { ...rig.subject.canaries[name], tolerance: TOLERANCE }
      const [loaded] = await rig.subject.server.ensurePolicy(rig.policies[name], canary)
      expect(loaded!.canaryDifference).toBeLessThanOrEqual(TOLERANCE)
      expect(await rig.subject.server.ensurePolicy(rig.policies[name], null)).toEqual([
        { server: loaded!.server, loadedNow: false, canaryDifference: null },
      ])
    }
  })

  test('weights that are not those of the trainer are refused', async () => {
    const canary = { ...rig.subject.canaries.second, tolerance: TOLERANCE }
    const refusal = { type: 'Agent0.Invariant', nonRetryable: true }
    await expect(rig.subject.server.ensurePolicy(rig.policies.first, canary)).rejects.toMatchObject(refusal)
  })

  test('a name never gets other weights', async () => {
    await rig.subject.server.ensurePolicy(rig.policies.first, null)
    const impostor = { ...rig.policies.first, checkpointDir: rig.subject.folders.second }
    await expect(rig.subject.server.ensurePolicy(impostor, null)).rejects.toMatchObject({ type: 'Agent0.Invariant' })
  })

  test('an adapter that is not there is refused, and hurts no other', async () => {
    const before = tokensOf(await rig.generate({ policy: rig.policies.first }))
    const missing = aServablePolicy(3, `${rig.subject.folders.first}-missing`)
    const refusal = { type: 'Llm.BadRequest', nonRetryable: true }
    await expect(rig.subject.server.ensurePolicy(missing, null)).rejects.toMatchObject(refusal)
    await expect(rig.generate({ policy: missing })).rejects.toMatchObject(refusal)
    expect(tokensOf(await rig.generate({ policy: rig.policies.first }))).toEqual(before)
  })

  test('one policy answers as before after another was used', async () => {
    const before = await rig.generate({ policy: rig.policies.first, samples: 2 })
    const others = await rig.generate({ policy: rig.policies.second, samples: 2 })
    expect(tokensOf(others)).not.toEqual(tokensOf(before))
    expect(tokensOf(await rig.generate({ policy: rig.policies.first, samples: 2 }))).toEqual(tokensOf(before))
  })

  test('the server tells its version and its policies', async () => {
    await rig.subject.server.ensurePolicy(rig.policies.first, null)
    const [health] = await rig.subject.server.health()
    expect(health).toMatchObject({ problem: null, version: expect.any(String) })
    const served = health!.policies.find(({ name }) => name === rig.policies.first.name)
    expect(served).toMatchObject({ checkpointDir: rig.subject.folders.first })
  })
}

/** For what can lose its adapters as a restart does. */
export function restartLaws(rig: ContractRig): void {
  test('a server that has forgotten its adapters gets them again, and answers as before', async () => {
    const before = tokensOf(await rig.generate({ policy: rig.policies.first }))
    await rig.subject.forget!()
    expect(tokensOf(await rig.generate({ policy: rig.policies.first }))).toEqual(before)
  })
}

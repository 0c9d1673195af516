import { aServablePolicy } from '../policies.ts'
import { tokensOf, type ContractRig } from './rig.ts'

/** How a policy comes to a server, and stays itself. */
export function policyLaws(rig: ContractRig): void {
  test('a policy is loaded once, and its canary agrees with the trainer', async () => {
    for (const name of ['base', 'first', 'second'] as const) {
      const check = rig.check(name)
      const [loaded] = await rig.subject.server.ensurePolicy(rig.policies[name], check)
      expect(loaded!.canaryDifference).toBeLessThanOrEqual(check.bound)
      expect(await rig.subject.server.ensurePolicy(rig.policies[name], null)).toEqual([
        { server: loaded!.server, loadedNow: false, canaryDifference: null },
      ])
      const [base] = await rig.subject.server.compareBase(check.canary)
      expect(base).toEqual({ server: loaded!.server, difference: expect.any(Number) })
      expect(base!.difference).toBeLessThan(1e-4)
    }
  })

  test('what is not needed is unloaded, nothing else is, and asked for it is there again', async () => {
    const { server } = rig.subject
    await server.ensurePolicy(rig.policies.first, null)
    await server.ensurePolicy(rig.policies.second, null)
    const before = tokensOf(await rig.generate({ policy: rig.policies.first }))
    const served = async () => (await server.health())[0]!.policies.map(({ name }) => name)
    await server.unload([rig.policies.first.name, 'a-policy-that-nobody-knows'])
    expect(await served()).toContain(rig.policies.second.name)
    expect(await served()).not.toContain(rig.policies.first.name)
    expect(tokensOf(await rig.generate({ policy: rig.policies.first }))).toEqual(before)
    expect(await served()).toContain(rig.policies.first.name)
  })

  test('a name never gets other weights', async () => {
    await rig.subject.server.ensurePolicy(rig.policies.first, null)
    const impostor = { ...rig.policies.first, checkpointDir: rig.subject.folders.second }
    await expect(rig.subject.server.ensurePolicy(impostor, null)).rejects.toMatchObject({ type: 'Agent0.OtherWeights' })
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

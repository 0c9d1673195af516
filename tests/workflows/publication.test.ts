import { acceptedKey, publicationKey, trainingKey } from '../../contracts/artifact-keys.ts'
import { iterationId, runId, stageId, stepId } from '../../contracts/ids.ts'
import type { Policy } from '../../contracts/policy.ts'
import { AcceptedCanary } from '../../contracts/publication.ts'
import { IterationRecord } from '../../contracts/run-record.ts'
import type { RunConfig } from '../../contracts/run-config.ts'
import { TrainingRecord } from '../../contracts/training-record.ts'
import { namedPolicy } from '../../core/loop/evolution.ts'
import type { LoopWorld } from '../support/loop-world.ts'
import { sideBySide } from '../support/side-by-side.ts'
import { smallConfig } from '../support/small-world.ts'
import { undisturbedRun } from '../support/undisturbed-run.ts'

const RUN = runId('small')
const config = smallConfig(RUN)
/** Each role trains again after a publication that was left out. */
const longer = smallConfig(RUN, { iterations: 2 })
const finished = { kind: 'finished' }
const undisturbed = undisturbedRun(config)
const story = sideBySide()

const recordOf = async (world: LoopWorld, iteration: number) =>
  world.store.getJson(IterationRecord, world.store.references.get(`${RUN}/iter-00${iteration}/record.json`)!)

/** The policy that a step made, as its record tells. */
async function policyOf(
  world: LoopWorld,
  role: string,
  iteration: number,
  step: number,
  version: number,
): Promise<Policy> {
  const key = trainingKey(stepId(stageId(iterationId(RUN, iteration), role), step))
  const { checkpointDigest, checkpointDir } = await world.store.getJson(
    TrainingRecord,
    world.store.references.get(key)!,
  )
  return namedPolicy(RUN, role, version, checkpointDigest, checkpointDir)
}

/** The server answers as the base model from the moment when a policy of this version is published. */
function notApplied(world: LoopWorld, role: string, version: number): void {
  world.before = (call) => {
    if (call.startsWith(`publish ${RUN}-${role}-v${version}-`)) world.models.servesAs = () => 'base'
  }
}

/** The cause is gone: whoever put it there does so no more. */
function repair(world: LoopWorld): void {
  world.before = () => {}
  world.models.servesAs = ({ checkpointDir }) => checkpointDir ?? 'base'
  world.models.noise = 0
}

const haltOf = async (world: LoopWorld) => (await world.status(RUN, ({ halted }) => halted !== null)).halted!

/** The next halt, once a decision about this one has been carried out. */
async function decideAndHaltAgain(world: LoopWorld, update: string, argument?: unknown) {
  const before = (await world.status(RUN, () => true)).resolvedHalts.length
  await world.update(RUN, update, argument)
  const status = await world.status(
    RUN,
    ({ halted, resolvedHalts }) => halted !== null && resolvedHalts.length > before,
  )
  return status.halted!
}

const steps = (world: LoopWorld) => world.trainer.computed.map(({ lineage, step }) => `${lineage} ${step}`)

story('a run that nobody disturbs goes on to its end', undisturbed.story)

story(
  'refused, retried with the cause still there, and with the cause gone: nothing is trained or sampled twice',
  async (world) => {
    notApplied(world, 'curriculum', 2)
    const handle = await world.begin(config)
    const first = await haltOf(world)
    expect(first.reason).toMatch(/answers as the policy's base: its logprobs differ from the trainer's by \S+ nats/)
    expect(first.advice).toMatch(
      /; then "agent0 retry curriculum" publishes the same checkpoint again, "agent0 skip curriculum" continues with the last published policy$/,
    )
    const [asked, trained] = [world.models.requests.length, steps(world)]
    const { reason } = await decideAndHaltAgain(world, 'retryStage', null)
    expect(reason).toBe(first.reason)
    expect([world.models.requests.length, steps(world)]).toEqual([asked, trained])
    repair(world)
    await world.update(RUN, 'retryStage', null)
    expect(await handle.result()).toMatchObject(finished)
    expect(new Set(steps(world)).size).toBe(steps(world).length)
    await undisturbed.expectSame(world)
  },
)

story('refused for its bound and retried with a higher one, the same checkpoint is published', async (world) => {
  world.before = (call) => {
    if (call.startsWith(`publish ${RUN}-executor-v1-`)) world.models.noise = 0.05
  }
  const handle = await world.begin(config)
  const { reason, advice } = await haltOf(world)
  expect(reason).toContain("differ from the trainer's by 0.0500 nats in the mean, 0.00100 at most")
  expect(advice).toContain('"agent0 retry executor --accept-canary REASON" publishes it as it is')
  const before = steps(world)
  const wider: RunConfig = { ...config, publication: { ...config.publication, canaryFloor: 0.1 } }
  await world.update(RUN, 'retryStage', wider)
  expect(await handle.result()).toMatchObject(finished)
  expect(steps(world)).toEqual([...before, `${RUN}-executor 2`])
})

story('refused and accepted by a person, the policy is published; who, when and why is on record', async (world) => {
  world.before = (call) => {
    world.models.noise = call.startsWith(`publish ${RUN}-curriculum-v2-`) ? 0.05 : 0
  }
  const handle = await world.begin(config)
  const { reason } = await haltOf(world)
  const order = { by: 'ada@desk', reason: 'the server computes in bf16' }
  await world.update(RUN, 'acceptCanary', order)
  expect(await handle.result()).toMatchObject(finished)
  const policy = await policyOf(world, 'curriculum', 1, 2, 2)
  const accepted = await world.store.getJson(AcceptedCanary, world.store.references.get(acceptedKey(policy))!)
  expect(accepted).toMatchObject({ ...order, policy: policy.name, stage: 'curriculum', refusal: reason })
  expect(Math.abs(Date.now() - Date.parse(accepted.at))).toBeLessThan(3_600_000)
  const { decisions, next } = await recordOf(world, 1)
  expect(decisions).toEqual([
    { stage: 'curriculum', reason, decision: 'accept', at: expect.any(String), by: order.by, why: order.reason },
  ])
  expect(next.policies['curriculum']).toEqual(policy)
  const own = [acceptedKey(policy), publicationKey(policy), `${RUN}/iter-001/record.json`]
  await undisturbed.expectSame(world, own)
})

story('only a canary over its bound can be accepted', async (world) => {
  const order = { by: 'ada@desk', reason: 'I say so' }
  const refusalOf = (given: unknown) =>
    world.update(RUN, 'acceptCanary', given).then(
      () => 'nothing',
      (error: Error) => (error.cause as Error).message,
    )
  notApplied(world, 'curriculum', 1)
  const handle = await world.begin(config)
  expect(await refusalOf(order)).toBe('no stage is halted, so there is nothing to decide')
  await haltOf(world)
  expect(await refusalOf(order)).toBe(
    'curriculum is not halted by a canary over its bound, and nothing else can be accepted',
  )
  for (const wrong of [null, {}, { by: 'ada' }, { ...order, reason: ' ' }, { ...order, reason: 'x'.repeat(501) }])
    expect(await refusalOf(wrong)).toBe('an acceptance needs who and why, 500 characters at most')
  repair(world)
  await world.update(RUN, 'retryStage', null)
  expect(await handle.result()).toMatchObject(finished)
})

story(
  'refused and skipped, the run goes on with the last published policy, and the next step starts from it',
  async (world) => {
    notApplied(world, 'executor', 2)
    const handle = await world.begin(longer)
    const { reason } = await haltOf(world)
    repair(world)
    await world.update(RUN, 'skipStage')
    expect(await handle.result()).toMatchObject({ ...finished, iterations: 2 })
    const [published, unpublished] = [
      await policyOf(world, 'executor', 1, 1, 1),
      await policyOf(world, 'executor', 1, 2, 2),
    ]
    const first = await recordOf(world, 1)
    expect(first.next.policies['executor']).toEqual(published)
    expect(first.next.setAside).toEqual({ executor: { step: 2, checkpoint: unpublished.checkpoint } })
    expect(first.decisions).toEqual([{ stage: 'executor', reason, decision: 'skip', at: expect.any(String) }])
    expect(world.store.references.has(publicationKey(unpublished))).toBe(false)
    const executor = world.trainer.computed.filter(({ lineage }) => lineage === `${RUN}-executor`)
    expect(executor.map(({ step, setAside }) => [step, setAside])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, unpublished.checkpoint],
      [4, undefined],
    ])
    expect(executor[2]!.parent).toBe(published.checkpoint)
    const second = await recordOf(world, 2)
    expect(second.next.policies['executor']!.version).toBe(4)
    expect(second.next.setAside).toBeUndefined()
    // Nobody sampled with what was not published.
    expect(world.models.requests.map(({ policy }) => policy.name)).not.toContain(unpublished.name)
  },
)

story(
  'a first step whose publication is skipped leaves its role with the base model, as often as it happens',
  async (world) => {
    world.before = (call) => {
      world.models.servesAs = ({ checkpointDir }) =>
        call.startsWith(`publish ${RUN}-curriculum-`) ? 'base' : (checkpointDir ?? 'base')
    }
    const handle = await world.begin(longer)
    await haltOf(world)
    await decideAndHaltAgainIn(world, 2)
    await world.update(RUN, 'skipStage')
    expect(await handle.result()).toMatchObject({ ...finished, iterations: 2 })
    const curriculum = world.trainer.computed.filter(({ lineage }) => lineage === `${RUN}-curriculum`)
    const heads = await Promise.all([1, 2].map((iteration) => policyOf(world, 'curriculum', iteration, 1, iteration)))
    expect(curriculum.map(({ step, parent, setAside }) => [step, parent, setAside])).toEqual([
      [1, null, undefined],
      [2, null, heads[0]!.checkpoint],
    ])
    const { next } = await recordOf(world, 2)
    expect(next.policies['curriculum']!.version).toBe(0)
    expect(next.setAside).toEqual({ curriculum: { step: 2, checkpoint: heads[1]!.checkpoint } })
  },
)

/** Skips, and waits for the halt in another iteration. */
async function decideAndHaltAgainIn(world: LoopWorld, iteration: number): Promise<void> {
  await world.update(RUN, 'skipStage')
  await world.status(RUN, (status) => status.halted !== null && status.iteration === iteration)
}

story('a run that was stopped after a skip and begun again is asked again, and comes to the same', async (world) => {
  notApplied(world, 'executor', 2)
  const handle = await world.begin(config)
  await haltOf(world)
  await handle.terminate('pulled the plug')
  repair(world)
  expect(await world.finish(config)).toMatchObject(finished)
  expect(new Set(steps(world)).size).toBe(steps(world).length)
  await undisturbed.expectSame(world)
})

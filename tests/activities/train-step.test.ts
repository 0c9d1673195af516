import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common'
import type { Client } from '@temporalio/client'
import { acceptCanary } from '../../activities/accept-canary.ts'
import { canaryCheck } from '../../activities/canary-check.ts'
import { findSteps } from '../../activities/find-steps.ts'
import { publishPolicy } from '../../activities/publish-policy.ts'
import { trainStep, type TrainStepInput, type TrainStepResult } from '../../activities/train-step.ts'
import { stepId } from '../../contracts/ids.ts'
import type { Policy } from '../../contracts/policy.ts'
import { servable } from '../../contracts/servable.ts'
import { namedPolicy } from '../../core/loop/evolution.ts'
import { addTallies } from '../../core/metrics/add-tallies.ts'
import { failure } from '../../services/failure.ts'
import { ActivityRig, asActivity, executor, RUN } from '../support/activity-rig.ts'
import { Gate } from '../support/gate.ts'
import { trainingTally } from '../support/tallies.ts'

const LINEAGE = `${RUN}-executor`
const { steps: _steps, updates: _updates, ...scored } = trainingTally

async function inputOf(rig: ActivityRig, step: number, parent: string | null): Promise<TrainStepInput> {
  const id = stepId(executor, step)
  const batch = await rig.store.putJson(`${id}/batch.json`, { step })
  const config = await rig.store.putJson(`${id}/config.json`, {})
  return {
    context: await rig.contextOf(),
    id,
    lineage: LINEAGE,
    step,
    parent,
    batch,
    config,
    scored,
    sampledTokens: 10,
  }
}

const train = (rig: ActivityRig, input: TrainStepInput) => asActivity(trainStep(rig.services), input)

test('a step is asked for with its digests and beats with its progress; its record stands, whatever is asked later', async () => {
  const rig = new ActivityRig()
  const input = await inputOf(rig, 1, null)
  const { result, told } = train(rig, input)
  const first = await result
  expect(told).toEqual([{}, { phase: 'update 1 of 1', tokensDone: 1 }])
  expect(rig.trainer.computed).toEqual([
    {
      lineage: LINEAGE,
      step: 1,
      parent: null,
      attempt: 1,
      batch: { path: input.batch.uri, sha256: input.batch.sha256 },
      config: { path: input.config.uri, sha256: input.config.sha256 },
    },
  ])
  expect(first.tally).toMatchObject({ steps: 1, groups: scored.groups, updates: { klTrainServer: { count: 100 } } })
  rig.before = (call) => {
    throw new Error(`asked again: ${call}`)
  }
  const config = await rig.store.putJson(`${input.id}/other-config.json`, { changed: true })
  expect(await train(rig, { ...input, config }).result).toEqual(first)
})

test('what happens to the trainer is told as it is, and leaves no record', async () => {
  const rig = new ActivityRig()
  for (const [type, nonRetryable] of [
    ['Trainer.Unavailable', false],
    ['Trainer.Diverged', true],
  ] as const) {
    rig.before = () => {
      throw failure(type, 'so it is')
    }
    await expect(train(rig, await inputOf(rig, 1, null)).result).rejects.toMatchObject({ type, nonRetryable })
  }
  expect(await findSteps(rig.services)({ stage: executor })).toMatchObject({ steps: 0, last: null, sampledTokens: 0 })
})

test.each([
  ['its run was terminated', 'TERMINATED', 'CANCELLED'],
  ['another attempt has taken it over', 'RUNNING', 'NOT_FOUND'],
])('a step that the server knows no more: %s', async (_why, name, told) => {
  const rig = new ActivityRig()
  const gate = new Gate((call) => call.startsWith('train'))
  let reason: unknown
  rig.before = (call, signal) =>
    gate.pass(call, signal).catch((why: unknown) => Promise.reject((reason = why) as Error))
  const client = {
    withAbortSignal: <T>(_signal: AbortSignal, call: () => Promise<T>) => call(),
    workflow: { getHandle: () => ({ describe: async () => ({ status: { name } }) }) },
  } as unknown as Client
  const { result, environment } = asActivity(trainStep(rig.services), await inputOf(rig, 1, null), client)
  await gate.reached
  environment.cancel('NOT_FOUND', new ActivityCancellationDetails({ notFound: true }))
  await expect(result).rejects.toThrow(CancelledFailure)
  expect(reason).toEqual(expect.objectContaining({ message: told }))
})

test('the finished steps of a stage are found with their sums, up to the first that is missing', async () => {
  const rig = new ActivityRig()
  const first = await train(rig, await inputOf(rig, 1, null)).result
  const second = await train(rig, await inputOf(rig, 2, first.checkpoint)).result
  await rig.store.putJson(`${stepId(executor, 4)}/training.json`, {})
  const { checkpoint, folder, record } = second
  expect(await findSteps(rig.services)({ stage: executor })).toEqual({
    steps: 2,
    tally: addTallies(first.tally, second.tally),
    sampledTokens: 20,
    last: { checkpoint, folder, record },
  })
})

test('a policy is published with the canary of its step; other weights are refused', async () => {
  const rig = new ActivityRig()
  const { checkpoint, folder, record } = await train(rig, await inputOf(rig, 1, null)).result
  const publish = async (uri: string) => {
    const policy = namedPolicy(RUN, 'executor', 1, checkpoint, uri)
    return asActivity(publishPolicy(rig.services), { context: await rig.contextOf(), policy, record }).result
  }
  expect(await publish(folder)).toMatchObject({ servers: 1, canaryDifference: expect.any(Number) })
  await expect(publish('/elsewhere')).rejects.toMatchObject({ type: 'Agent0.OtherWeights', nonRetryable: true })
})

test('a published policy has its canary on record, and older ones of its role are unloaded, but for those in use', async () => {
  const rig = new ActivityRig()
  const context = await rig.contextOf()
  const policies: Policy[] = []
  let parent: string | null = null
  for (const step of [1, 2, 3, 4]) {
    const { checkpoint, folder, record }: TrainStepResult = await train(rig, await inputOf(rig, step, parent)).result
    const policy = namedPolicy(RUN, 'executor', step, checkpoint, folder)
    const keep = [policies[0], policies.at(-1)].flatMap((each) => each?.name ?? [])
    await asActivity(publishPolicy(rig.services), { context, policy, record, keep }).result
    policies.push(policy)
    parent = checkpoint
  }
  const served = async () => (await rig.models.health())[0]!.policies.map(({ name }) => name)
  const [first, second, third, fourth] = policies.map(({ name }) => name)
  expect(await served()).toEqual([first, third, fourth])
  // What is unloaded is published still: a server that is asked for it is held against the same canary.
  const check = await canaryCheck(rig.store, servable(policies[1]!))
  expect(check).toMatchObject({ bound: 0.001, isAccepted: false })
  expect(await rig.models.ensurePolicy(servable(policies[1]!), check)).toMatchObject([{ loadedNow: true }])
  expect(await served()).toContain(second)
  expect(await canaryCheck(rig.store, servable(namedPolicy(RUN, 'executor', 9, 'f'.repeat(64), '/c')))).toBeNull()
  expect(await canaryCheck(rig.store, { name: 'base', checkpointDir: null })).toBeNull()
})

test('servers with another base model than the trainer publish nothing, whoever accepts it', async () => {
  const rig = new ActivityRig()
  const context = await rig.contextOf()
  const { checkpoint, folder, record } = await train(rig, await inputOf(rig, 1, null)).result
  const policy = namedPolicy(RUN, 'executor', 1, checkpoint, folder)
  rig.models.noise = 0.5
  const order = { by: 'ada@desk', reason: 'x', refusal: 'y', stage: 'executor', at: new Date().toISOString() }
  const stage = { run: RUN, stage: executor, role: 'executor', stepsBefore: 0 }
  expect(await acceptCanary(rig.services)({ ...stage, order })).toEqual({ policy: policy.name })
  const publishing = () => asActivity(publishPolicy(rig.services), { context, policy, record }).result
  await expect(publishing()).rejects.toMatchObject({
    type: 'Agent0.OtherWeights',
    message: expect.stringMatching(/another base model than the trainer: logprobs differ by 0\.500 nats/),
  })
  // Nothing was calibrated on such a server.
  rig.models.noise = 0.01
  expect(await publishing()).toMatchObject({ canaryDifference: expect.closeTo(0.01) as number })
  expect(await canaryCheck(rig.store, servable(policy))).toMatchObject({ bound: expect.closeTo(0.04) as number })
})

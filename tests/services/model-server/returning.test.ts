import type { CanaryCheck, ModelServer, ServablePolicy } from '../../../contracts/ports/index.ts'
import { openModelServer } from '../../../services/model-server/open.ts'
import { aServablePolicy } from '../../support/policies.ts'
import { noise, stubCanary } from '../../support/stub-model.ts'
import { eventually } from '../../support/supervised.ts'
import { StubVllm } from '../../support/stub-vllm.ts'

// A server that comes back may come back as another one: with other weights under a policy's name, or with an adapter that it
// does not apply. It serves a published policy once it agrees with the canary again.

const policy = aServablePolicy(1, '/adapters/first')
const other = aServablePolicy(2, '/adapters/second')
const stubs: StubVllm[] = []
let server: ModelServer
let accepted: boolean

/** Both policies are published; nobody else's is. */
const checkOf = async ({ name, checkpointDir }: ServablePolicy): Promise<CanaryCheck | null> =>
  [policy.name, other.name].includes(name)
    ? { canary: stubCanary(noise, checkpointDir!, '1+1?', null), bound: 1e-3, isAccepted: accepted }
    : null

const sample = (of: ServablePolicy, task = 'task') =>
  server.generate({
    policy: of,
    promptTokenIds: [49, 43, 49],
    sampling: { temperature: 1, topP: 1, topK: 'none' },
    tokensMax: 8,
    stop: [],
    seed: 5,
    samples: 1,
    task,
  })

/** What a server was asked to sample with the policy; canaries are not. */
const sampledBy = (stub: StubVllm) =>
  stub.requests.filter(({ model, prompt_logprobs: scored }) => model === policy.name && scored === undefined)

beforeEach(async () => {
  accepted = false
  stubs.push(await new StubVllm().start(), await new StubVllm().start())
  server = openModelServer({ urls: stubs.map(({ url }) => url), checkOf })
})

afterEach(async () => {
  await server.close()
  await Promise.all(stubs.splice(0).map((stub) => stub.stop()))
})

test('a server with the right weights is checked once, and samples', async () => {
  await sample(policy)
  await sample(policy)
  const asked = stubs.flatMap(({ requests }) => requests)
  expect(asked.filter(({ prompt_logprobs: scored }) => scored !== undefined)).toHaveLength(1)
  expect(asked.filter(({ prompt_logprobs: scored }) => scored === undefined)).toHaveLength(2)
})

test.each([
  ['was away for a while', 1, async (stub: StubVllm) => (await stub.stop(), await stub.start())],
  // It is asked once more, and answers that it does not know the policy.
  ['was restarted before anybody noticed', 2, async (stub: StubVllm) => stub.adapters.clear()],
])(
  'one that %s and does not apply the adapter any more samples nothing; the other does its work',
  async (_how, asked, restart) => {
    const [first, second] = stubs as [StubVllm, StubVllm]
    await sample(policy)
    expect(sampledBy(first)).toHaveLength(1)
    await restart(first)
    first.notApplied.add(policy.name)
    await server.health()
    expect(await sample(policy)).toMatchObject([{ policy: policy.name }])
    expect([sampledBy(first).length, sampledBy(second).length]).toEqual([asked, 1])
  },
)

test('where no server agrees it is an outage that names what is wrong, and over once one does', async () => {
  for (const stub of stubs) stub.notApplied.add(policy.name)
  await expect(sample(policy)).rejects.toMatchObject({
    type: 'Llm.Unavailable',
    nonRetryable: false,
    message: expect.stringContaining("answers as the policy's base"),
  })
  expect(stubs.flatMap(sampledBy)).toEqual([])
  // It is about this policy alone.
  expect(await sample(other)).toHaveLength(1)
  for (const stub of stubs) stub.notApplied.clear()
  expect(await sample(policy)).toHaveLength(1)
})

test('a policy that a person has accepted is not held against the bound, but other weights are found', async () => {
  accepted = true
  for (const stub of stubs) stub.notApplied.add(policy.name)
  await expect(sample(policy)).rejects.toMatchObject({ type: 'Llm.Unavailable' })
})

test('a policy that is not published is loaded without a canary', async () => {
  const unknown = aServablePolicy(3, '/adapters/third')
  expect(await sample(unknown)).toHaveLength(1)
  const asked = stubs.flatMap(({ requests }) => requests)
  expect(asked.filter(({ prompt_logprobs: scored }) => scored !== undefined)).toEqual([])
})

test('no server is asked to score what it cannot: without prompt logprobs it is refused', async () => {
  const [first] = stubs
  first!.planned.push({
    kind: 'changed',
    change: (answer) => ({
      ...answer,
      choices: answer.choices.map((choice) => ({ ...choice, prompt_logprobs: null })),
    }),
  })
  const check = (await checkOf(policy))!
  await expect(server.ensurePolicy(policy, check)).rejects.toMatchObject({
    type: 'Llm.BadAnswer',
    message: expect.stringContaining('prompt_logprobs'),
  })
})

test('rows are scored one at a time, whoever asks: several at once end some servers', async () => {
  const [first] = stubs
  const rows = stubCanary(noise, policy.checkpointDir!, '1+1?', null).rows.concat(
    stubCanary(noise, policy.checkpointDir!, '2+2?', null).rows,
  )
  const one = openModelServer({ urls: [first!.url], checkOf })
  const check = { canary: { rows }, bound: 1e-3, isAccepted: false }
  first!.planned.push({ kind: 'slow', ms: 30 }, { kind: 'slow', ms: 30 }, { kind: 'slow', ms: 30 })
  await Promise.all([one.ensurePolicy(policy, check), one.compareBase(check.canary), one.ensurePolicy(policy, check)])
  expect(first!.requests).toHaveLength(6)
  expect(first!.runningMax).toBe(1)
  await one.close()
})

test('a row is scored while nothing else of ours is at the server', async () => {
  const [first] = stubs
  const one = openModelServer({ urls: [first!.url], checkOf })
  server = one
  await sample(other)
  first!.planned.push({ kind: 'slow', ms: 200 })
  const sampling = sample(other)
  await eventually('it samples', () => first!.requests.length === 3)
  await Promise.all([sampling, sample(policy)])
  expect(first!.requests).toHaveLength(5)
  expect(first!.runningMax).toBe(1)
})

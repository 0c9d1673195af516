import type { GenerateRequest, ModelServer } from '../../../contracts/ports/model-server.ts'
import { openModelServer, type OpenModelServerOptions } from '../../../services/model-server/open.ts'
import { aServablePolicy } from '../../support/policies.ts'
import { eventually } from '../../support/supervised.ts'
import { StubVllm, type Behaviour, type StubAnswer } from '../../support/stub-vllm.ts'

const stubs: StubVllm[] = []
const servers: ModelServer[] = []

async function aStub(...planned: Behaviour[]): Promise<StubVllm> {
  const stub = await new StubVllm().start()
  stub.planned.push(...planned)
  stubs.push(stub)
  return stub
}

function over(replicas: readonly StubVllm[], options: Partial<OpenModelServerOptions> = {}): ModelServer {
  const server = openModelServer({ urls: replicas.map(({ url }) => url), ...options })
  servers.push(server)
  return server
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
  await Promise.all(stubs.splice(0).map((stub) => stub.stop()))
})

const request = (changes: Partial<GenerateRequest> = {}): GenerateRequest => ({
  policy: aServablePolicy(0, null),
  promptTokenIds: [49, 43, 49],
  sampling: { temperature: 1, topP: 1, topK: 'none' },
  tokensMax: 24,
  stop: [],
  seed: 5,
  samples: 2,
  task: 'task-1',
  ...changes,
})

const firstChoice = (change: (choice: StubAnswer['choices'][number]) => unknown): Behaviour => ({
  kind: 'changed',
  change: (answer) => ({ ...answer, choices: [change(answer.choices[0]!), ...answer.choices.slice(1)] }),
})

const status = (code: number, headers = {}): Behaviour => ({ kind: 'status', status: code, headers })

const withLogprobs = (choice: StubAnswer['choices'][number], tokenLogprobs: (number | null)[]) => ({
  ...choice,
  logprobs: { ...choice.logprobs, token_logprobs: tokenLogprobs },
})

test.each<[string, Behaviour, string, RegExp]>([
  ['a cut connection', { kind: 'cut' }, 'Llm.Unavailable', /incomplete response/],
  ['half a JSON', { kind: 'half' }, 'Llm.Unavailable', /incomplete response/],
  ['JSON of another form', { kind: 'garbage' }, 'Llm.Unavailable', /not a valid vLLM response/],
  ['a page of a proxy', { kind: 'html' }, 'Llm.Unavailable', /not a valid vLLM response/],
  ['a reset', { kind: 'reset' }, 'Llm.Unavailable', /Connection error/],
  ['an aborted sample', firstChoice((choice) => ({ ...choice, finish_reason: 'abort' })), 'Llm.Unavailable', /abort/],
  ['no token ids', firstChoice((choice) => ({ ...choice, token_ids: undefined })), 'Llm.BadAnswer', /return_token_ids/],
  [
    'no logprobs',
    firstChoice((choice) => ({ ...choice, logprobs: null })),
    'Llm.BadAnswer',
    /lacks token_ids or logprobs/,
  ],
  [
    'a logprob too few',
    firstChoice((choice) => withLogprobs(choice, choice.logprobs.token_logprobs.slice(1))),
    'Llm.BadAnswer',
    /23 logprobs for 24 tokens/,
  ],
  [
    'a token of probability 0',
    firstChoice((choice) =>
      withLogprobs(
        choice,
        choice.token_ids.map(() => -9999),
      ),
    ),
    'Llm.BadAnswer',
    /-9999/,
  ],
  ['another model', { kind: 'changed', change: (answer) => ({ ...answer, model: 'gpt' }) }, 'Llm.BadAnswer', /"gpt"/],
  [
    'a sample too few',
    { kind: 'changed', change: (answer) => ({ ...answer, choices: answer.choices.slice(1) }) },
    'Llm.BadAnswer',
    /1 samples, 2 were asked for/,
  ],
  [
    'a count that disagrees',
    { kind: 'changed', change: (answer) => ({ ...answer, usage: { completion_tokens: 1 } }) },
    'Llm.BadAnswer',
    /usage says 1/,
  ],
  ['400', status(400), 'Llm.BadRequest', /400 planned/],
  ['413', status(413), 'Llm.BadRequest', /413/],
  ['422', status(422), 'Llm.BadRequest', /422/],
  ['401', status(401), 'Llm.Auth', /401/],
  ['403', status(403), 'Llm.Auth', /403/],
  ['408', status(408), 'Llm.Unavailable', /408/],
  ['409', status(409), 'Llm.Unavailable', /409/],
  ['500', status(500), 'Llm.Unavailable', /500/],
  ['502', status(502), 'Llm.Unavailable', /502/],
])(
  '%s becomes a failure of its type, after a second try if that can help',
  async (_name, behaviour, type, sentence) => {
    const stub = await aStub(behaviour, behaviour)
    const nonRetryable = type !== 'Llm.Unavailable'
    const failed = over([stub]).generate(request())
    await expect(failed).rejects.toMatchObject({ type, nonRetryable, message: expect.stringMatching(sentence) })
    expect(stub.requests).toHaveLength(nonRetryable ? 1 : 2)
  },
)

test('an answer that was cut once is asked for again', async () => {
  const stub = await aStub({ kind: 'cut' })
  expect(await over([stub]).generate(request())).toHaveLength(2)
  expect(stub.requests[1]).toEqual(stub.requests[0])
})

test('a policy that the server does not know after it was loaded is refused', async () => {
  const stub = await aStub(status(404), status(404))
  const policy = aServablePolicy(1, '/adapters/first')
  await expect(over([stub]).generate(request({ policy }))).rejects.toMatchObject({ type: 'Llm.BadRequest' })
  expect(stub.requests).toHaveLength(2)
})

test('a burst of 503 is waited out within one call', async () => {
  const stub = await aStub(status(503), status(503))
  expect(await over([stub]).generate(request())).toHaveLength(2)
  expect(stub.requests).toHaveLength(3)
})

test('an overload that lasts is told, benign, with the delay that the server asks for', async () => {
  const stub = await aStub(status(429, { 'retry-after-ms': '2500' }))
  const failed = over([stub], { patienceMs: 0 }).generate(request())
  await expect(failed).rejects.toMatchObject({
    type: 'Llm.RateLimited',
    nonRetryable: false,
    category: 'BENIGN',
    nextRetryDelay: 2500,
  })
})

test('the work of a dead replica moves to one that lives, and each sample comes once', async () => {
  const [first, second] = [await aStub({ kind: 'hang' }), await aStub()]
  const server = over([first, second])
  const working = server.generate(request())
  await eventually('the first replica has the request', () => first.requests.length === 1)
  await first.stop()
  const moved = await working
  expect(second.requests).toEqual(first.requests)
  expect(moved.map(({ generation }) => generation.seed)).toEqual([5, 6])
  expect((await server.health()).map(({ problem }) => problem === null)).toEqual([false, true])
  await first.start()
  expect((await server.health()).map(({ problem }) => problem === null)).toEqual([true, true])
})

test('with every replica down the failure says why, and work goes on when one is back', async () => {
  const stub = await aStub()
  const server = over([stub])
  await stub.stop()
  await expect(server.generate(request())).rejects.toMatchObject({ type: 'Llm.Unavailable' })
  await expect(server.generate(request())).rejects.toThrow('no healthy model server: http')
  await expect(server.ensurePolicy(aServablePolicy(0, null), null)).rejects.toMatchObject({ type: 'Llm.Unavailable' })
  await stub.start()
  expect(await server.generate(request())).toHaveLength(2)
})

test('an engine that hangs behind a healthy front loses its work to another', async () => {
  const hangs: Behaviour[] = Array.from({ length: 20 }, () => ({ kind: 'hang' }))
  const [first, second] = [await aStub(...hangs), await aStub()]
  const server = over([first, second], { watchEveryMs: 20, stuckAfterMs: 100, canaryDeadlineMs: 100 })
  expect(await server.generate(request())).toHaveLength(2)
  expect(first.requests.length).toBeGreaterThanOrEqual(1)
  const [{ problem } = { problem: null }] = await server.health()
  expect(problem).toMatch(/is stuck: requests are queued but no tokens are produced/)
})

test('a slow answer is waited for', async () => {
  const stub = await aStub({ kind: 'slow', ms: 300 })
  expect(await over([stub], { stuckAfterMs: 50 }).generate(request())).toHaveLength(2)
  expect(stub.requests).toHaveLength(1)
})

test('a request given up closes its connection, so that the server stops sampling', async () => {
  const stub = await aStub({ kind: 'hang' })
  const stop = new AbortController()
  const given = over([stub]).generate(request({ signal: stop.signal }))
  await eventually('the server has the request', () => stub.requests.length === 1)
  stop.abort(new Error('stale policy'))
  await expect(given).rejects.toThrow('stale policy')
  await eventually('the server sees it', () => stub.aborted === 1)
})

test('a task stays with its server, other tasks go where least is to do', async () => {
  const [first, second] = [await aStub({ kind: 'slow', ms: 200 }), await aStub()]
  const server = over([first, second])
  const slow = server.generate(request({ task: 'a' }))
  await server.generate(request({ task: 'b' }))
  await slow
  await server.generate(request({ task: 'b' }))
  await server.generate(request({ task: 'a' }))
  expect([first.requests.length, second.requests.length]).toEqual([2, 2])
})

test('a thousand requests at once all come back, over bounded sockets', async () => {
  const stub = await aStub()
  const server = over([stub], { samplesMax: 32 })
  const requests = Array.from({ length: 1000 }, (_, seed) => request({ seed, samples: 1, task: `task-${seed}` }))
  const sampled = await Promise.all(requests.map((each) => server.generate(each)))
  expect(sampled.map(([only]) => only!.generation.seed)).toEqual(requests.map(({ seed }) => seed))
  expect(stub.requests).toHaveLength(1000)
  expect(stub.socketsMax).toBeLessThanOrEqual(32)
}, 30_000)

test('a policy is loaded once for all who ask at the same time, and again after a restart', async () => {
  const stub = await aStub()
  const server = over([stub])
  const policy = aServablePolicy(1, 'file:///adapters/first/')
  const many = () => Promise.all([1, 2, 3, 4].map((seed) => server.generate(request({ policy, seed }))))
  const before = await many()
  expect([...stub.adapters]).toEqual([[policy.name, '/adapters/first']])
  await stub.stop()
  await stub.start()
  expect(await many()).toEqual(before)
})

test('a load that fails with 500 is tried three times', async () => {
  const stub = await aStub()
  const server = over([stub])
  stub.loadFaults = 2
  expect(await server.ensurePolicy(aServablePolicy(1, '/adapters/first'), null)).toMatchObject([{ loadedNow: true }])
  stub.loadFaults = 3
  await expect(server.ensurePolicy(aServablePolicy(2, '/adapters/second'), null)).rejects.toMatchObject({
    type: 'Llm.BadRequest',
  })
})

import { join } from 'node:path'
import { iterationId, runId, sampleId, stageId, stepId, taskId } from '../../../contracts/ids.ts'
import { Canary } from '../../../contracts/canary.ts'
import type { Rollout, RolloutEvent } from '../../../contracts/rollout.ts'
import { driveRollouts } from '../../../core/rollout/drive.ts'
import { eventsOf, slotOf } from '../../../core/rollout/journal.ts'
import { historyOf, STOP_TEXT } from '../../../core/rollout/next-action.ts'
import { replay } from '../../../core/rollout/advance.ts'
import { toolOutput } from '../../../core/rollout/tool-output.ts'
import type { GenerateRequest, ModelServer } from '../../../contracts/ports/model-server.ts'
import { openModelServer, type OpenModelServerOptions } from '../../../services/model-server/open.ts'
import { openTokenizer } from '../../../services/model-server/open-tokenizer.ts'
import type { Tokenizer } from '../../../contracts/ports/index.ts'
import { aServablePolicy } from '../../support/policies.ts'
import { notRun } from '../../support/not-run.ts'
import { hasEmbedded, type RealServer, startEmbedded } from '../../support/real-model-servers.ts'
import { ROOT } from '../../support/repository.ts'
import { limits, okVerdict } from '../../support/rollouts.ts'
import { eventually, freePort } from '../../support/supervised.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { tinyAdapter } from '../../support/tiny-adapter.ts'

// What happens to real servers, seen through the client; the stub of faults.test.ts has the faults that need no engine.
jest.setTimeout(240_000)

const TINY_WORLD = join(ROOT, 'models', 'tiny-world')
const SEED = 5
const TASK = taskId(stepId(stageId(iterationId(runId('tiny'), 1), 'executor'), 1), 7)
const SAMPLES = Array.from({ length: 24 }, (_, index) => sampleId(TASK, index))
const PROMPT = '<|im_start|>user\nLet x=48. Then square it. Then add 7. What is x?<|im_end|>\n<|im_start|>assistant\n'
const policy = aServablePolicy(1, tinyAdapter(join(temporaryFolder(), 'adapter'), 0.02))

/** One embedded server that always comes back at the same address. */
class Embedded {
  readonly #port: number
  #real!: RealServer

  constructor(port: number) {
    this.#port = port
  }

  static async start(): Promise<Embedded> {
    const server = new Embedded(await freePort())
    await server.start()
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async start(): Promise<void> {
    this.#real = await startEmbedded(TINY_WORLD, ['--port', String(this.#port)])
  }

  kill(): Promise<void> {
    return this.#real.kill()
  }

  async plan(kind: 'hang' | 'busy' | 'slow', count: number): Promise<void> {
    const response = await fetch(`${this.url}/faults`, {
      method: 'POST',
      body: JSON.stringify({ kind, count }),
      headers: { 'content-type': 'application/json' },
    })
    if (!response.ok) throw new Error(`${kind}: ${response.status}`)
  }
}

/** Two servers, clients of them, and a request to vary. */
class Rig {
  tokenizer!: Tokenizer
  first!: Embedded
  second!: Embedded
  readonly #opened: ModelServer[] = []

  async start(): Promise<void> {
    this.tokenizer = await openTokenizer(TINY_WORLD)
    ;[this.first, this.second] = await Promise.all([Embedded.start(), Embedded.start()])
  }

  over(servers: readonly Embedded[], options: Partial<OpenModelServerOptions> = {}): ModelServer {
    const server = openModelServer({ urls: servers.map(({ url }) => url), ...options })
    this.#opened.push(server)
    return server
  }

  async closeClients(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((server) => server.close()))
  }

  request(changes: Partial<GenerateRequest> = {}): GenerateRequest {
    return {
      policy,
      promptTokenIds: this.tokenizer.encode(PROMPT),
      sampling: { temperature: 1, topP: 1, topK: 'none' },
      tokensMax: 100,
      stop: [STOP_TEXT],
      seed: SEED,
      samples: 4,
      task: TASK,
      ...changes,
    }
  }

  /** Rollouts of one task, as an activity drives them: programs print 1. Notes which turns it asks for. */
  async drive(
    server: ModelServer,
    journal: Map<string, RolloutEvent>,
    asked: string[],
    onRecord: (events: number) => Promise<void> = async () => {},
  ): Promise<Rollout[]> {
    const { encode } = this.tokenizer
    const start = { policy: policy.name, promptTokenIds: encode(PROMPT), limits: { ...limits, responseTokensMax: 208 } }
    const states = SAMPLES.map((id) => replay({ ...start, id }, eventsOf(id, journal)))
    return driveRollouts(SEED, states, {
      generate: ({ state, tokensMax, seed, turns }) => {
        asked.push(...turns)
        const promptTokenIds = historyOf(state)
        return server.generate(this.request({ promptTokenIds, tokensMax, seed, samples: turns.length }))
      },
      execute: async (_code, state) => {
        const verdict = okVerdict('1\n')
        return { verdict, output: toolOutput(state, verdict, encode) }
      },
      record: async (state, event) => {
        journal.set(slotOf(state.id, event), event)
        await onRecord(journal.size)
        return event
      },
    })
  }
}

function restartLaws(rig: Rig): void {
  test('kill -9 in mid-batch: only what was not journaled is asked again, and the rollouts are those of a quiet run', async () => {
    const quiet = await rig.drive(rig.over([rig.first]), new Map(), [])
    const server = rig.over([rig.first])
    const journal = new Map<string, RolloutEvent>()
    const before: string[] = []
    let killing: Promise<void> | undefined
    // All first turns stand and some programs have run: later turns are on their way, one request each.
    const broken = rig.drive(server, journal, before, async (events) => {
      if (events >= SAMPLES.length + 2) await (killing ??= rig.first.kill())
    })
    await expect(broken).rejects.toMatchObject({ type: 'Llm.Unavailable', nonRetryable: false })
    await rig.first.start()
    const journaled = [...journal.keys()].filter((slot) => slot.endsWith('/generated'))
    const after: string[] = []
    expect(await rig.drive(server, journal, after)).toEqual(quiet)
    const repeated = after.filter((turn) => journaled.includes(`${turn.split('/').slice(-2).join('/')}/generated`))
    expect({ repeated, some: after.length > 0 }).toEqual({ repeated: [], some: true })
  })

  test('a restarted server has forgotten the policy; it is loaded again and its canary is the same', async () => {
    const server = rig.over([rig.first])
    const [sampled] = await server.generate(
      rig.request({ samples: 1, sampling: { temperature: 0, topP: 1, topK: 'none' }, tokensMax: 8, stop: [] }),
    )
    const { tokenIds, logprobs } = sampled!.generation
    // As records had it before 2026-12; its own logprobs are the trainer's here.
    const canary = Canary.parse({ promptTokenIds: rig.tokenizer.encode(PROMPT), tokenIds, logprobs, tolerance: 1e-6 })
    const check = { canary, bound: canary.tolerance!, isAccepted: false }
    const close = expect.closeTo(0, 5) as number
    expect(await server.ensurePolicy(policy, check)).toMatchObject([{ loadedNow: false, canaryDifference: close }])
    await rig.first.kill()
    await rig.first.start()
    expect(await server.ensurePolicy(policy, check)).toMatchObject([{ loadedNow: true, canaryDifference: close }])
  })
}

function hangLaws(rig: Rig): void {
  test('an engine that hangs behind a healthy front loses its work, and has none until it computes again', async () => {
    const expected = await rig.over([rig.second]).generate(rig.request())
    // Long enough that a busy machine does not look like a hanging engine.
    const server = rig.over([rig.first, rig.second], {
      watchEveryMs: 200,
      stuckAfterMs: 3_000,
      canaryDeadlineMs: 3_000,
    })
    await rig.first.plan('hang', 1)
    expect(await server.generate(rig.request())).toEqual(expected)
    const problems = async () => (await server.health()).map(({ problem }) => problem)
    expect(await problems()).toEqual([
      expect.stringContaining('is stuck: requests are queued but no tokens are produced'),
      null,
    ])
    await rig.first.plan('hang', 0)
    expect(await problems()).toEqual([null, null])
  })

  test('the work of a server that is killed moves to another, with the same samples', async () => {
    const expected = await rig.over([rig.second]).generate(rig.request())
    const server = rig.over([rig.first, rig.second])
    await rig.first.plan('slow', 200)
    const working = server.generate(rig.request())
    await eventually('the engine has the request', async () =>
      /^vllm:num_requests_running\S* [1-9]/m.test(await (await fetch(`${rig.first.url}/metrics`)).text()),
    )
    await rig.first.kill()
    expect(await working).toEqual(expected)
    await rig.first.start()
  })

  test('a burst of 503 costs no attempt', async () => {
    const server = rig.over([rig.first])
    await rig.first.plan('busy', 2)
    expect(await server.generate(rig.request())).toHaveLength(4)
  })
}

function withRealServers(): void {
  const rig = new Rig()
  beforeAll(() => rig.start())
  afterEach(() => rig.closeClients())
  afterAll(() => Promise.all([rig.first.kill(), rig.second.kill()]))
  restartLaws(rig)
  hangLaws(rig)
}

describe('the embedded server, when things happen to it', () => {
  if (hasEmbedded()) withRealServers()
  else notRun('kill -9 and hang of the embedded server (npm run setup)')
})

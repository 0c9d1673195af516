import { DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createBookkeepingActivities,
  createRolloutActivities,
  createTrainingActivities,
} from '../../activities/index.ts'
import type { Services } from '../../activities/services.ts'
import { taskQueues } from '../../contracts/task-queues.ts'
import { type RunConfig, RunConfig as RunConfigSchema } from '../../contracts/run-config.ts'
import type { RunStatus } from '../../contracts/run-status.ts'
import { runId } from '../../contracts/ids.ts'
import { seededStream } from '../../core/random/seeded-stream.ts'
import type { Sandbox, StepRecord, StepRequest, Trainer } from '../../infra/services/ports.ts'
import { buildWorkflowBundle } from '../../workers/build-workflow-bundle.ts'
import type { EvolutionInput, EvolutionResult } from '../../workflows/evolution.ts'
import { FakeModelServer } from './fake-model-server.ts'
import { FakeSandbox, okVerdict } from './fake-sandbox.ts'
import { FakeStore } from './fake-store.ts'
import { END, type Writer } from './pretend-model.ts'
import { encode } from './rollouts.ts'
import type { TemporalServer } from './temporal-server.ts'

Runtime.install({ logger: new DefaultLogger('WARN') })

export const BASE = createHash('sha256').update('base').digest('hex')

/** A proposer that asks for sums, and an answerer that is right most of the time, by a program if the sum is even. */
export const adders: Writer = (weights, prompt, seed) => {
  const stream = seededStream(seed, `${weights}:${prompt}`)
  if (prompt.includes('Propose')) {
    const [left, right] = [stream.below(90) + 1, stream.below(90) + 1]
    const isCut = stream.below(10) === 0
    return isCut
      ? `<question>Let x=${left}`
      : `<question>Let x=${left}. Then add ${right}. What is x?</question>\n\\boxed{0}${END}`
  }
  const [, left, right] = /Let x=(\d+)\. Then add (\d+)/.exec(prompt)!
  const sum = Number(left) + Number(right)
  const answer = stream.below(3) === 0 ? sum + 1 + stream.below(5) : sum
  if (sum % 2 === 1 || prompt.includes('```output')) return `\\boxed{${answer}}${END}`
  return `\`\`\`python\nprint(${answer})\n\`\`\`\n`
}

/** Runs `print(n)`, and nothing else. */
export const printing: Sandbox = {
  execute: async ({ source, seed }) => ({
    verdict: okVerdict(`${/print\((\d+)\)/.exec(source)![1]}\n`, seed),
    cached: false,
  }),
  openSession: () => Promise.reject(new Error('no session was asked for')),
  guarantees: () => ({ backend: 'docker', imageDigest: 'sha256:fake', notGuaranteed: [] }),
  stats: () => new FakeSandbox({}).stats(),
  close: async () => {},
}

/** Makes a digest of what it was asked, as a step is a function of that. */
export class PretendTrainer implements Trainer {
  readonly requests: StepRequest[] = []
  readonly failures: Error[] = []

  async step(request: StepRequest): Promise<StepRecord> {
    const planned = this.failures.shift()
    if (planned !== undefined) throw planned
    this.requests.push(request)
    const { lineage, step, parent, batch, config } = request
    const digest = createHash('sha256').update(`${parent}${batch.sha256}${config.sha256}`).digest('hex')
    const madeFrom = { parent: parent ?? BASE, batch: batch.sha256, config: config.sha256 }
    return {
      checkpoint: { digest, lineage, step, madeFrom, weights: 'lora', uri: `checkpoints/${digest}` },
      folder: `/checkpoints/${digest}`,
      metrics: { loss: 0.5 },
      tallies: { sampler_kl_k3: { sum: 0.5, count: 100 }, 'clip_share/p_hat_0.5': { sum: 1, count: 10 } },
      canary: { promptTokenIds: encode('Propose.'), tokenIds: [65], logprobs: [0], tolerance: 1_000 },
    }
  }

  head = async () => ({ step: 0, checkpoint: BASE })
  close = async () => {}
}

/** The smallest run in which everything happens. */
export function smallConfig(name: string, changes: Record<string, unknown> = {}): RunConfig {
  return RunConfigSchema.parse({
    name,
    iterations: 2,
    model: { base: 'models/tiny-world', engine: { kind: 'embedded' } },
    prompts: { curriculum: 'Propose.', executor: 'Solve: {question}\n' },
    rollout: { turnsMax: 3, promptTokensMax: 100, responseTokensMax: 200, toolOutputTokensMax: 40, glassBox: 0.1 },
    curriculum: { steps: 2, groupsPerStep: 2, groupSize: 4, estimate: { samplesPerTask: 4 } },
    curation: {
      poolSize: 16,
      estimate: { samplesPerTask: 6 },
      yieldMin: 4,
      proposalsMax: 64,
      duplicates: { nearerThan: 'none' },
    },
    executor: { steps: 2, tasksPerStep: 3, groupSize: 4, training: { warmupSteps: 0 } },
    evaluation: {
      heldOut: { file: 'held-out', samplesPerTask: 3 },
      frozenExecutor: { tasksMax: 5, samplesPerTask: 3 },
      truth: 'tiny-world',
    },
    ...changes,
  })
}

const heldOut = [1, 2, 3].map((n) => ({ question: `Let x=${n}. Then add ${n}. What is x?`, answer: String(2 * n) }))

/** Real workflows and real activities, on a real Temporal server, over services in memory. */
export class LoopWorld {
  readonly store = new FakeStore()
  readonly models = new FakeModelServer(adders)
  readonly trainer = new PretendTrainer()
  readonly services: Services
  readonly #workers: Worker[] = []
  #running: Promise<unknown> = Promise.resolve()
  readonly #server: TemporalServer

  constructor(server: TemporalServer, changes: Partial<Services> = {}) {
    this.#server = server
    this.services = {
      store: this.store,
      models: this.models,
      tokenizer: { encode, decode: (ids) => String.fromCodePoint(...ids) },
      sandbox: printing,
      executionLimits: { cpuMs: 1_000, wallMs: 2_000, memoryBytes: 1 << 20, outputBytes: 1 << 20 },
      grader: { compare: async (pairs) => pairs.map(() => 'different') },
      trainer: this.trainer,
      heldOutTasks: async () => heldOut,
      ...changes,
    }
  }

  get client() {
    return this.#server.client
  }

  async start(): Promise<void> {
    const { services } = this
    const wirings: Pick<WorkerOptions, 'taskQueue' | 'activities' | 'workflowBundle'>[] = [
      { taskQueue: taskQueues.workflow, workflowBundle: await buildWorkflowBundle() },
      { taskQueue: taskQueues.rollout, activities: createRolloutActivities(services) },
      { taskQueue: taskQueues.training, activities: createTrainingActivities(services) },
      { taskQueue: taskQueues.bookkeeping, activities: createBookkeepingActivities(services) },
    ]
    const { connection } = this.#server
    const made = wirings.map((wiring) =>
      Worker.create({ connection, maxCachedWorkflows: 50, shutdownForceTime: '5s', ...wiring }),
    )
    this.#workers.push(...(await Promise.all(made)))
    this.#running = Promise.all(this.#workers.map((worker) => worker.run()))
  }

  begin(config: RunConfig) {
    const input: EvolutionInput = { run: runId(config.name), config }
    return this.client.workflow.start('evolution', {
      workflowId: `agent0/${config.name}`,
      taskQueue: taskQueues.workflow,
      args: [input],
    })
  }

  /** The run's result; throws at once where a stage halts. */
  async finish(config: RunConfig): Promise<EvolutionResult> {
    const handle = await this.begin(config)
    const over = new AbortController()
    const halted = async (): Promise<never> => {
      for (;;) {
        const status = await handle.query<RunStatus>('status').catch(() => null)
        if (status?.halted) throw new Error(`halted at ${status.halted.stage}: ${status.halted.reason}`)
        await sleep(100, undefined, { signal: over.signal })
      }
    }
    try {
      return (await Promise.race([handle.result(), halted()])) as EvolutionResult
    } finally {
      over.abort()
    }
  }

  async close(): Promise<void> {
    for (const worker of this.#workers.splice(0)) worker.shutdown()
    await this.#running
  }
}

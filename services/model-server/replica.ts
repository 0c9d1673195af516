import { failure } from '../failure.ts'
import type {
  Canary,
  GenerateRequest,
  LoadedPolicy,
  Sampled,
  ServablePolicy,
  ServerHealth,
} from '../../contracts/ports/model-server.ts'
import { canaryDifference } from './compare-canary.ts'
import { completionBody } from './completion-body.ts'
import { loadPolicy } from './load-policy.ts'
import { readCompletion } from './read-completion.ts'
import type { ServerClient } from './server-client.ts'
import { HealthCheck, type HealthCheckOptions } from './health-check.ts'
import { isNotFound } from './to-failure.ts'
import { WeightedGate } from '../../host/weighted-gate.ts'

export interface ReplicaOptions extends HealthCheckOptions {
  /** Samples that may be at the server at once; the rest waits here. */
  samplesMax: number
  /** A request may take a minute, and its tokens one after the other at this rate, tokens per second. */
  tokenRateMin: number
}

const REQUEST_BASE_MS = 60_000

/** One server: what we have sent to it, what it has loaded, whether it works. */
export class Replica {
  readonly client: ServerClient
  /** Why it gets no work; null if it works as far as we know. */
  problem: string | null = null
  readonly #options: ReplicaOptions
  readonly #gate: WeightedGate
  readonly #watch: HealthCheck
  /** Per policy the name to ask for, once it is there. */
  readonly #models = new Map<string, Promise<{ model: string; loadedNow: boolean }>>()
  #load = 0
  #alive = new AbortController()
  #checking: Promise<void> | undefined

  constructor(client: ServerClient, options: ReplicaOptions) {
    this.client = client
    this.#options = options
    this.#gate = new WeightedGate(options.samplesMax)
    this.#watch = new HealthCheck(client, options)
  }

  /** Samples sent to it and waiting for it. */
  get load(): number {
    return this.#load
  }

  /** Looks again whether it works, and remembers the answer; once for all who ask at the same time. */
  check(): Promise<void> {
    this.#checking ??= this.#watch
      .check()
      .then(
        () => void (this.problem = null),
        (error: unknown) => this.#giveUp((error as Error).message),
      )
      .finally(() => (this.#checking = undefined))
    return this.#checking
  }

  /** Takes it out of use: what it works on for us is taken back, and what it has loaded is asked again. */
  #giveUp(problem: string): void {
    this.problem = problem
    this.#models.clear()
    this.#alive.abort(failure('Llm.Unavailable', problem))
    this.#alive = new AbortController()
  }

  /** One try. What it throws of type `Llm.Unavailable` or `Llm.RateLimited` another server may fix. */
  async generate(request: GenerateRequest): Promise<Sampled[]> {
    const signal = AbortSignal.any([this.#alive.signal, ...(request.signal ? [request.signal] : [])])
    this.#load += request.samples
    try {
      return await this.#gate.run(request.samples, signal, () => this.#generate(request, signal))
    } finally {
      this.#load -= request.samples
    }
  }

  async #generate(request: GenerateRequest, signal: AbortSignal): Promise<Sampled[]> {
    const { name } = request.policy
    const known = this.#ensure(request.policy)
    try {
      return await this.#complete(request, (await known).model, signal)
    } catch (error) {
      // A restarted server has forgotten every adapter; one that does not know it right after loading never will.
      if (!isNotFound(error)) throw error
      if (this.#models.get(name) === known) this.#models.delete(name)
      return this.#complete(request, (await this.#ensure(request.policy)).model, signal)
    }
  }

  async #complete(request: GenerateRequest, model: string, signal: AbortSignal): Promise<Sampled[]> {
    const deadlineMs = REQUEST_BASE_MS + (1_000 * request.tokensMax) / this.#options.tokenRateMin
    const body = completionBody(request, model)
    return readCompletion(await this.client.complete(body, deadlineMs, signal), request, body)
  }

  #ensure(policy: ServablePolicy): Promise<{ model: string; loadedNow: boolean }> {
    let loading = this.#models.get(policy.name)
    if (loading === undefined) {
      loading = loadPolicy(this.client, policy)
      this.#models.set(policy.name, loading)
      loading.catch(() => this.#models.delete(policy.name))
    }
    return loading
  }

  async ensurePolicy(policy: ServablePolicy, canary: Canary | null): Promise<LoadedPolicy> {
    this.#models.delete(policy.name)
    const { model, loadedNow } = await this.#ensure(policy)
    const difference = canary === null ? null : await this.#compare(policy, model, canary)
    return { server: this.client.url, loadedNow, canaryDifference: difference }
  }

  async #compare(policy: ServablePolicy, model: string, canary: Canary): Promise<number> {
    const [sampled] = await this.#complete(
      {
        policy,
        promptTokenIds: canary.promptTokenIds,
        sampling: { temperature: 0, topP: 1, topK: 'none' },
        tokensMax: canary.tokenIds.length,
        stop: [],
        seed: 0,
        samples: 1,
        task: 'canary',
      },
      model,
      this.#alive.signal,
    )
    const { tokenIds, logprobs } = sampled!.generation
    const difference = canaryDifference(canary, tokenIds, logprobs)
    if (difference <= canary.tolerance) return difference
    const sentence = `${this.client.url} serves other weights as ${policy.name} than the trainer wrote: a logprob differs by ${difference}, ${canary.tolerance} at most`
    throw failure('Agent0.Invariant', sentence)
  }

  async health(): Promise<ServerHealth> {
    await this.check()
    const [version, models] =
      this.problem === null ? await Promise.all([this.client.version(), this.client.models()]) : [null, []]
    return {
      server: this.client.url,
      problem: this.problem,
      version,
      inFlight: this.#gate.held,
      policies: models.map(({ id, root, digest, load_ms }) => ({
        name: id,
        checkpointDir: root ?? '',
        adapterDigest: digest ?? null,
        loadMs: load_ms ?? null,
      })),
    }
  }
}

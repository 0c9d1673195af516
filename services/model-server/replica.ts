import type { Canary, CanaryRow } from '../../contracts/canary.ts'
import { failure, isFailure } from '../failure.ts'
import type {
  BaseDifference,
  CanaryCheck,
  GenerateRequest,
  LoadedPolicy,
  Sampled,
  ServablePolicy,
  ServerHealth,
} from '../../contracts/ports/model-server.ts'
import { canaryProblem, compareCanary, joined, meanDifference } from './compare-canary.ts'
import { completionBody } from './completion-body.ts'
import { loadPolicy } from './load-policy.ts'
import { readCompletion } from './read-completion.ts'
import { readScores, scoreBody } from './score-row.ts'
import type { ServerClient } from './server-client.ts'
import { HealthCheck, type HealthCheckOptions } from './health-check.ts'
import { isNotFound } from './to-failure.ts'
import { WeightedGate } from '../../host/weighted-gate.ts'

export interface ReplicaOptions extends HealthCheckOptions {
  /** Samples that may be at the server at once; the rest waits here. */
  samplesMax: number
  /** A request may take a minute, and its tokens one after the other at this rate, tokens per second. */
  tokenRateMin: number
  /** What a published policy is held against before it serves; null for one that has no `Publication` yet. */
  checkOf: (policy: ServablePolicy) => Promise<CanaryCheck | null>
}

type Loaded = { model: string; loadedNow: boolean }

const REQUEST_BASE_MS = 60_000
/** In bf16 two computations of one server differ, and one that loads may be slow to have loaded. */
const CANARY_TRIES = 3

/** One server: what we have sent to it, what it has loaded, whether it works. */
export class Replica {
  readonly client: ServerClient
  /** Why it gets no work; null if it works as far as we know. */
  problem: string | null = null
  readonly #options: ReplicaOptions
  readonly #gate: WeightedGate
  readonly #watch: HealthCheck
  /** Per policy the name to ask for, once it is there and agrees with its canary, if it is published. */
  readonly #models = new Map<string, Promise<Loaded>>()
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
    const { name } = request.policy
    this.#load += request.samples
    try {
      const known = this.#ensure(request.policy)
      try {
        return await this.#sample(request, (await known).model, signal)
      } catch (error) {
        // A restarted server has forgotten every adapter; one that does not know it right after loading never will.
        if (!isNotFound(error)) throw error
        if (this.#models.get(name) === known) this.#models.delete(name)
        return await this.#sample(request, (await this.#ensure(request.policy)).model, signal)
      }
    } finally {
      this.#load -= request.samples
    }
  }

  #sample(request: GenerateRequest, model: string, signal: AbortSignal): Promise<Sampled[]> {
    return this.#gate.run(request.samples, signal, () => this.#complete(request, model, signal))
  }

  async #complete(request: GenerateRequest, model: string, signal: AbortSignal): Promise<Sampled[]> {
    const deadlineMs = REQUEST_BASE_MS + (1_000 * request.tokensMax) / this.#options.tokenRateMin
    const body = completionBody(request, model)
    return readCompletion(await this.client.complete(body, deadlineMs, signal), request, body)
  }

  #ensure(policy: ServablePolicy): Promise<Loaded> {
    let loading = this.#models.get(policy.name)
    if (loading === undefined) {
      loading = this.#loadChecked(policy)
      this.#models.set(policy.name, loading)
      loading.catch(() => this.#models.delete(policy.name))
    }
    return loading
  }

  /** A server that has come back may have come back as another one: it serves a published policy once it agrees again. */
  async #loadChecked(policy: ServablePolicy): Promise<Loaded> {
    const loaded = await loadPolicy(this.client, policy)
    const check = await this.#options.checkOf(policy)
    if (check === null) return loaded
    try {
      await this.#compare(policy, loaded.model, check)
    } catch (error) {
      // It was published, so this is about the server: another one may do the work meanwhile.
      if (isFailure(error, 'Agent0.OtherWeights') || isFailure(error, 'Agent0.CanaryOverBound'))
        throw failure('Llm.Unavailable', (error as Error).message, error)
      throw error
    }
    return loaded
  }

  async ensurePolicy(policy: ServablePolicy, check: CanaryCheck | null): Promise<LoadedPolicy> {
    this.#models.delete(policy.name)
    const loading = loadPolicy(this.client, policy)
    const { model, loadedNow } = await loading
    const canaryDifference = check === null ? null : await this.#compare(policy, model, check)
    this.#models.set(policy.name, loading)
    return { server: this.client.url, loadedNow, canaryDifference }
  }

  /** The mean difference. Throws a refusal if each of several tries finds a problem. */
  async #compare({ name }: ServablePolicy, model: string, check: CanaryCheck): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      const compared = compareCanary(check.canary, await this.#score(check.canary.rows, model))
      const found = canaryProblem(check, compared)
      if (found === null) return compared.difference
      if (attempt === CANARY_TRIES) throw failure(found.type, `${this.client.url} as ${name}: ${found.problem}`)
    }
  }

  /**
   * The logprobs of all rows' sampled tokens, row after row, and nothing of ours beside them: vLLM 0.32 for CPUs dies of a
   * batch in which prompt logprobs are not alone.
   */
  async #score(rows: readonly CanaryRow[], model: string): Promise<number[]> {
    const { signal } = this.#alive
    const scores: number[] = []
    for (const row of rows) {
      const scored = () => this.client.complete(scoreBody(row, model), REQUEST_BASE_MS, signal)
      scores.push(...readScores(await this.#gate.run(this.#options.samplesMax, signal, scored), row, model))
    }
    return scores
  }

  /** Null for a canary whose rows the base model has not scored. */
  async compareBase({ rows }: Canary): Promise<BaseDifference | null> {
    const ours = joined(rows, 'base')
    if (ours === null) return null
    const { model } = await loadPolicy(this.client, { name: 'base', checkpointDir: null })
    return { server: this.client.url, difference: meanDifference(ours, await this.#score(rows, model)) }
  }

  async unload(names: readonly string[]): Promise<void> {
    const known = (await this.client.models()).map(({ id }) => id)
    for (const name of names.filter((each) => known.includes(each))) {
      this.#models.delete(name)
      // Another worker may have been quicker, and a server that cannot unload serves all the same.
      await this.client.unloadAdapter(name).catch((error: unknown) => {
        if (!isNotFound(error) && !isFailure(error, 'Llm.BadRequest')) throw error
      })
    }
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

import { failure } from '../../services/failure.ts'
import type {
  Canary,
  GenerateRequest,
  LoadedPolicy,
  ModelServer,
  Sampled,
  ServablePolicy,
  ServerHealth,
} from '../../contracts/ports/model-server.ts'
import { canaryDifference } from '../../services/model-server/compare-canary.ts'
import { noise, stubGeneration, type Writer } from './stub-model.ts'

const SERVER = 'fake'
const PROMPT_TOKENS_MAX = 1000

/** The port in memory: it writes what it is told to, and remembers every request. */
export class FakeModelServer implements ModelServer {
  readonly requests: GenerateRequest[] = []
  readonly #failures: Error[] = []
  /** Folder by policy. */
  readonly #loaded = new Map<string, string>()
  readonly #write: Writer

  /** @param write noise unless given */
  constructor(write: Writer = noise) {
    this.#write = write
  }

  /** The next calls of `generate` throw these, one each. */
  failNext(...failures: Error[]): void {
    this.#failures.push(...failures)
  }

  generate(request: GenerateRequest): Promise<Sampled[]> {
    this.requests.push(request)
    return Promise.resolve().then(() => {
      request.signal?.throwIfAborted()
      const planned = this.#failures.shift()
      if (planned !== undefined) throw planned
      if (request.promptTokenIds.length + request.tokensMax > PROMPT_TOKENS_MAX)
        throw failure('Llm.BadRequest', `${request.promptTokenIds.length} prompt tokens`)
      this.#load(request.policy)
      return Array.from({ length: request.samples }, (_, index) => this.#sample(request, request.seed + index))
    })
  }

  #sample(request: GenerateRequest, seed: number): Sampled {
    const weights = request.policy.checkpointDir ?? 'base'
    const generation = stubGeneration(this.#write, { ...request, ...request.sampling, weights, seed })
    return { policy: request.policy.name, generation }
  }

  /** @returns whether it was loaded now */
  #load({ name, checkpointDir }: ServablePolicy): boolean {
    if (checkpointDir === null) return false
    if (checkpointDir.includes('missing')) throw failure('Llm.BadRequest', `no adapter in ${checkpointDir}`)
    const loaded = this.#loaded.get(name)
    if (loaded !== undefined && loaded !== checkpointDir)
      throw failure('Agent0.Invariant', `${name} is loaded from ${loaded}`)
    this.#loaded.set(name, checkpointDir)
    return loaded === undefined
  }

  ensurePolicy(policy: ServablePolicy, canary: Canary | null): Promise<LoadedPolicy[]> {
    return Promise.resolve().then(() => {
      const loadedNow = this.#load(policy)
      if (canary === null) return [{ server: SERVER, loadedNow, canaryDifference: null }]
      const { promptTokenIds, tokenIds } = canary
      const weights = policy.checkpointDir ?? 'base'
      const own = { weights, promptTokenIds, temperature: 0, tokensMax: tokenIds.length, stop: [], seed: 0 }
      const { tokenIds: ids, logprobs } = stubGeneration(this.#write, own)
      const difference = canaryDifference(canary, ids, logprobs)
      if (difference > canary.tolerance) throw failure('Agent0.Invariant', `a logprob differs by ${difference}`)
      return [{ server: SERVER, loadedNow, canaryDifference: difference }]
    })
  }

  health(): Promise<ServerHealth[]> {
    const policies = [...this.#loaded].map(([name, checkpointDir]) => ({
      name,
      checkpointDir,
      adapterDigest: null,
      loadMs: 0,
    }))
    return Promise.resolve([{ server: SERVER, problem: null, version: 'fake', inFlight: 0, policies }])
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

import { failure } from '../../services/failure.ts'
import type { Canary } from '../../contracts/canary.ts'
import type {
  BaseDifference,
  CanaryCheck,
  GenerateRequest,
  LoadedPolicy,
  ModelServer,
  Sampled,
  ServablePolicy,
  ServerHealth,
} from '../../contracts/ports/model-server.ts'
import { canaryProblem, compareCanary, joined, meanDifference } from '../../services/model-server/compare-canary.ts'
import { noise, stubGeneration, stubScores, type Writer } from './stub-model.ts'

const SERVER = 'fake'
const PROMPT_TOKENS_MAX = 1000

/** The port in memory: it writes what it is told to, and remembers every request. */
export class FakeModelServer implements ModelServer {
  readonly requests: GenerateRequest[] = []
  /** With which weights it scores a policy's rows; those of its folder unless a test says otherwise. */
  servesAs: (policy: ServablePolicy) => string = ({ checkpointDir }) => checkpointDir ?? 'base'
  /** How far its logprobs are from the trainer's, nats. */
  noise = 0
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
      throw failure('Agent0.OtherWeights', `${name} is loaded from ${loaded}`)
    this.#loaded.set(name, checkpointDir)
    return loaded === undefined
  }

  ensurePolicy(policy: ServablePolicy, check: CanaryCheck | null): Promise<LoadedPolicy[]> {
    return Promise.resolve().then(() => {
      const loadedNow = this.#load(policy)
      if (check === null) return [{ server: SERVER, loadedNow, canaryDifference: null }]
      const compared = compareCanary(check.canary, this.#scores(check.canary, this.servesAs(policy)))
      const found = canaryProblem(check, compared)
      if (found !== null) throw failure(found.type, `${SERVER} as ${policy.name}: ${found.problem}`)
      return [{ server: SERVER, loadedNow, canaryDifference: compared.difference }]
    })
  }

  compareBase(canary: Canary): Promise<BaseDifference[]> {
    const ours = joined(canary.rows, 'base')
    if (ours === null) return Promise.resolve([])
    const difference = meanDifference(ours, this.#scores(canary, this.servesAs({ name: 'base', checkpointDir: null })))
    return Promise.resolve([{ server: SERVER, difference }])
  }

  #scores({ rows }: Canary, weights: string): number[] {
    return rows
      .flatMap(({ tokenIds, places }) => stubScores(weights, tokenIds, places))
      .map((each) => each - this.noise)
  }

  unload(names: readonly string[]): Promise<void> {
    for (const name of names) this.#loaded.delete(name)
    return Promise.resolve()
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

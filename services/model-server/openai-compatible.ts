import { setTimeout as sleep } from 'node:timers/promises'
import { failure, isFailure } from '../failure.ts'
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
import { TaskAffinity } from './task-affinity.ts'
import type { Replica } from './replica.ts'

const TASKS_REMEMBERED_MAX = 100_000
const BACKOFF_MIN_MS = 500
/** A second one for what passes: a connection that was closed while it idled, an answer that was cut. */
const TRIES_PER_SERVER = 2

/** Ends early, without a word, if the signal comes: the next try tells the reason. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal && { signal }).catch(() => undefined)
}

export interface OpenAiCompatibleOptions {
  replicas: readonly Replica[]
  /** Time between two looks at every server. */
  watchEveryMs: number
  /** How long an overloaded server is waited for, before the caller is told. */
  patienceMs: number
  /** Gives back sockets. */
  onClose: () => Promise<void>
}

/** A model server behind vLLM's API, as one or several replicas: work goes to one that works and has least to do. */
export class OpenAiCompatible implements ModelServer {
  readonly #options: OpenAiCompatibleOptions
  readonly #affinity = new TaskAffinity<Replica>(TASKS_REMEMBERED_MAX)
  readonly #watching: NodeJS.Timeout

  constructor(options: OpenAiCompatibleOptions) {
    this.#options = options
    this.#watching = setInterval(() => void this.#check(options.replicas), options.watchEveryMs)
    this.#watching.unref()
  }

  async generate(request: GenerateRequest): Promise<Sampled[]> {
    const { replicas, patienceMs } = this.#options
    const failed: Replica[] = []
    const patientUntil = performance.now() + patienceMs
    let backoffMs = BACKOFF_MIN_MS
    let last: unknown
    for (;;) {
      const left = replicas.filter((replica) => failed.filter((each) => each === replica).length < TRIES_PER_SERVER)
      // All down as far as we know: it may be old news.
      if (left.every((replica) => replica.problem !== null)) await this.#check(left)
      const replica = this.#choose(request.task, left)
      if (replica === undefined) throw last ?? this.#allDown()
      try {
        return await replica.generate(request)
      } catch (error) {
        last = error
        if (isFailure(error, 'Llm.Unavailable')) {
          failed.push(replica)
          await replica.check()
        } else if (isFailure(error, 'Llm.RateLimited') && performance.now() + backoffMs < patientUntil) {
          await pause(backoffMs * (0.5 + Math.random()), request.signal)
          backoffMs *= 2
        } else throw error
      }
    }
  }

  async ensurePolicy(policy: ServablePolicy, check: CanaryCheck | null): Promise<LoadedPolicy[]> {
    const working = await this.#working()
    return Promise.all(working.map((replica) => replica.ensurePolicy(policy, check)))
  }

  async compareBase(canary: Canary): Promise<BaseDifference[]> {
    const compared = await Promise.all((await this.#working()).map((replica) => replica.compareBase(canary)))
    return compared.filter((each) => each !== null)
  }

  async unload(names: readonly string[]): Promise<void> {
    if (names.length === 0) return
    await Promise.all((await this.#working()).map((replica) => replica.unload(names)))
  }

  health(): Promise<ServerHealth[]> {
    return Promise.all(this.#options.replicas.map((replica) => replica.health()))
  }

  async close(): Promise<void> {
    clearInterval(this.#watching)
    await this.#options.onClose()
  }

  /** The task's own server while it works, else the one with least to do; undefined if none works. */
  #choose(task: string, left: readonly Replica[]): Replica | undefined {
    const usable = left.filter((replica) => replica.problem === null)
    const own = this.#affinity.get(task)
    if (own !== undefined && usable.includes(own)) return own
    const [chosen] = usable.toSorted((a, b) => a.load - b.load)
    if (chosen !== undefined) this.#affinity.set(task, chosen)
    return chosen
  }

  /** The servers that work, after another look at the others. Throws `Llm.Unavailable` if there are none. */
  async #working(): Promise<Replica[]> {
    const { replicas } = this.#options
    await this.#check(replicas.filter((replica) => replica.problem !== null))
    const working = replicas.filter((replica) => replica.problem === null)
    if (working.length === 0) throw this.#allDown()
    return working
  }

  async #check(replicas: readonly Replica[]): Promise<void> {
    await Promise.all(replicas.map((replica) => replica.check()))
  }

  #allDown(): Error {
    const reasons = this.#options.replicas.map((replica) => replica.problem)
    return failure('Llm.Unavailable', `no healthy model server: ${reasons.join('; ')}`)
  }
}

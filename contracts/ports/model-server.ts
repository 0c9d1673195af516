import type { CancelSignal } from './cancel-signal.ts'
import type { Sampling } from '../config/sampling.ts'
import type { Canary } from '../canary.ts'
import type { Policy } from '../policy.ts'
import type { Generation } from '../rollout.ts'

/** What a server must know of a policy. */
export interface ServablePolicy {
  name: Policy['name']
  /** The folder that it is loaded from; null for the base model. */
  checkpointDir: Policy['uri']
  /** Key of its `Publication`, once it has one; absent for the base model, and for a policy that is of no run. */
  publication?: string
}

export interface GenerateRequest {
  policy: ServablePolicy
  promptTokenIds: readonly number[]
  /** Temperature 0 is greedy. */
  sampling: Sampling
  /** Sampled tokens per sample, at most. */
  tokensMax: number
  /** A sample ends behind the first of these texts. */
  stop: readonly string[]
  /** A sample ends behind the first of these tokens too, whatever the server takes for its end. Absent: none. */
  stopTokenIds?: readonly number[]
  /** Seed of the first sample; the one at index i gets `seed + i`. */
  seed: number
  /** Samples of the same prompt. */
  samples: number
  /** Requests with the same key go to the same server while it lives: it keeps the computed prompt. */
  task: string
  /** Gives the request up: the server stops sampling, and `generate` rejects with the signal's reason. */
  signal?: CancelSignal
}

/** One sample, and the policy that sampled it: what the journal keeps of a turn. */
export interface Sampled {
  /** Name of the policy. */
  policy: string
  generation: Generation
}

/** What a server that has loaded a policy is held against. */
export interface CanaryCheck {
  canary: Canary
  /** Largest mean absolute difference of a logprob, nats. */
  bound: number
  /** A person has accepted a larger difference. Other weights are refused all the same. */
  isAccepted: boolean
}

/** A policy on one server. */
export interface LoadedPolicy {
  /** Base URL of the server. */
  server: string
  /** Whether it had to be loaded now. */
  loadedNow: boolean
  /** Mean absolute difference of its logprobs from the canary's, nats; null if no canary was given. */
  canaryDifference: number | null
}

/** A server's base model beside the trainer's. */
export interface BaseDifference {
  server: string
  /** Mean absolute difference of a logprob, nats. */
  difference: number
}

/** What one server says of itself. */
export interface ServerHealth {
  /** Base URL. */
  server: string
  /** Why it gets no work; null if it works. */
  problem: string | null
  /** Null if it did not answer. */
  version: string | null
  /** Samples that we wait for at it. */
  inFlight: number
  policies: readonly ServedPolicy[]
}

export interface ServedPolicy {
  name: string
  /** The folder that it was loaded from, as the server knows it. */
  checkpointDir: string
  /** The server's own digest of the adapter's files, not the checkpoint's; null where the server reports none. */
  adapterDigest: string | null
  /** How long loading took, milliseconds; null where the server does not report it. */
  loadMs: number | null
}

/**
 * Samples from policies; tokens in, tokens out. What a policy writes is a value, whatever it is. What happens to a server
 * is thrown as an `Llm.…` failure: an outage once no server is left to try, a refusal at once.
 */
export interface ModelServer {
  /** `samples` samples, in order. All or none. */
  generate(request: GenerateRequest): Promise<Sampled[]>
  /**
   * Makes the policy available on every server that works; doing it again changes nothing. A server that answers as the
   * parent or the base of the policy is a refusal `Agent0.OtherWeights`, one whose logprobs are over the bound a refusal
   * `Agent0.CanaryOverBound`. `generate` loads what a restarted server has forgotten.
   */
  ensurePolicy(policy: ServablePolicy, check: CanaryCheck | null): Promise<LoadedPolicy[]>
  /** How far every server that works is from the canary's rows as the base model scores them. Empty for a canary without. */
  compareBase(canary: Canary): Promise<BaseDifference[]>
  /** Has every server that works forget policies, as far as it knows them. What is needed again, `generate` loads. */
  unload(names: readonly string[]): Promise<void>
  /** Asks every server now. */
  health(): Promise<ServerHealth[]>
  close(): Promise<void>
}

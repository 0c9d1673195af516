import type { CancelSignal } from './cancel-signal.ts'
import type { Sampling } from '../config/sampling.ts'
import type { Policy } from '../policy.ts'
import type { Generation } from '../rollout.ts'

/** What a server must know of a policy. */
export interface ServablePolicy {
  name: Policy['name']
  /** The folder that it is loaded from; null for the base model. */
  checkpointDir: Policy['uri']
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

/**
 * What the trainer's own forward pass says of a policy: a greedy continuation and its logprobs. The only proof that the
 * right weights arrived.
 */
export interface Canary {
  promptTokenIds: readonly number[]
  tokenIds: readonly number[]
  /** Natural logarithms, one per token of `tokenIds`. */
  logprobs: readonly number[]
  /** Largest difference of a logprob that counts as equal: 1e-3 in fp32, 0.05 in bf16. */
  tolerance: number
}

/** A policy on one server. */
export interface LoadedPolicy {
  /** Base URL of the server. */
  server: string
  /** Whether it had to be loaded now. */
  loadedNow: boolean
  /** Largest difference of a logprob from the canary's; null if no canary was given. */
  canaryDifference: number | null
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
   * Makes the policy available on every server that works; doing it again changes nothing. A server whose logprobs are
   * not those of the canary is a refusal `Agent0.Invariant`. `generate` loads what a restarted server has forgotten.
   */
  ensurePolicy(policy: ServablePolicy, canary: Canary | null): Promise<LoadedPolicy[]>
  /** Asks every server now. */
  health(): Promise<ServerHealth[]>
  close(): Promise<void>
}

import type { Policy } from '../contracts/policy.ts'

/** What one run of the client does. */
export interface ServingJob {
  url: string
  promptTokenIds: number[]
  requests: number
  atOnce: number
  samples: number
  tokensMax: number
  /** Whether the same requests go by undici's fetch and JSON.parse alone: what any client would cost. */
  bare?: boolean
}

/** What it measured, after a warm-up that is not counted. */
export interface ServingRun {
  seconds: number
  /** CPU time of the client's process, user and system. */
  cpuMs: number
  /** Tokens sampled. */
  tokens: number
}

const digest = '0'.repeat(64)
/** The server's base model. */
export const benchPolicy: Policy = {
  name: `bench-executor-v0-${digest.slice(0, 8)}`,
  role: 'executor',
  version: 0,
  checkpoint: digest,
  uri: null,
}

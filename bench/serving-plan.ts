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
  /** Those of the warm-up too. */
  tokensInAll: number
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

export const SAMPLES = 10
export const TASKS_AT_ONCE = [1, 8, 64] as const

/** A question of the tiny world in its chat form; any model writes on. */
const PROMPT =
  '<|im_start|>user\nLet x=48. Increase x by 7. Then repeat 3 times x=(3*x+6)%11. What is x?<|im_end|>\n<|im_start|>assistant\n'

/** The prompt as the server's own tokens. */
export async function tokensOf(url: string): Promise<number[]> {
  const body = JSON.stringify({ model: 'base', prompt: PROMPT, add_special_tokens: false })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/tokenize`, { method: 'POST', body, headers })
  return ((await response.json()) as { tokens: number[] }).tokens
}

/** So many tasks at once at a server; samples end when the model ends them. */
export function serverJob(url: string, promptTokenIds: number[], atOnce: number): ServingJob {
  return { url, promptTokenIds, requests: Math.max(8, 2 * atOnce), atOnce, samples: SAMPLES, tokensMax: 64 }
}

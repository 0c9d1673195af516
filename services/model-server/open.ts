import { Agent } from 'undici'
import { machineDefaults } from '../../contracts/machine-config.ts'
import { OpenAiCompatible } from './openai-compatible.ts'
import { Replica } from './replica.ts'
import { ServerClient } from './server-client.ts'
import type { CanaryCheck, ModelServer, ServablePolicy } from '../../contracts/ports/model-server.ts'

export interface OpenModelServerOptions {
  /** Base URLs, one per server, with or without `/v1`. All serve the same base model. */
  urls: readonly string[]
  apiKey?: string
  /** Samples that may be at one server at once: about 1.5 × its `--max-num-seqs`. */
  samplesMax?: number
  /** The slowest that one sample may be computed, tokens per second: bounds the time of a request. */
  tokenRateMin?: number
  /** How long an overloaded server is waited for, milliseconds. */
  patienceMs?: number
  watchEveryMs?: number
  healthDeadlineMs?: number
  /** Work without a new token for this long, milliseconds, makes an engine suspect. */
  stuckAfterMs?: number
  canaryDeadlineMs?: number
  /** What a published policy is held against before a server serves it; without it, and where it gives null, nothing is. */
  checkOf?: (policy: ServablePolicy) => Promise<CanaryCheck | null>
}

const defaults = {
  samplesMax: machineDefaults.modelServer.samplesMax,
  tokenRateMin: 2,
  patienceMs: 10_000,
  watchEveryMs: 15_000,
  healthDeadlineMs: 30_000,
  stuckAfterMs: 120_000,
  canaryDeadlineMs: 60_000,
  checkOf: async () => null,
}

/**
 * The model servers behind these addresses. Why an agent of our own: Node's would end an answer that takes five minutes,
 * and open a socket per request.
 */
export function openModelServer(given: OpenModelServerOptions): ModelServer {
  const options = { ...defaults, ...given }
  const dispatcher = new Agent({
    connections: options.samplesMax,
    headersTimeout: 0,
    bodyTimeout: 0,
    // Below the five seconds after which vLLM closes an idle connection.
    keepAliveTimeout: 4_000,
    connect: { timeout: 10_000 },
  })
  const { apiKey, healthDeadlineMs } = options
  const replicas = options.urls.map(
    (url) => new Replica(new ServerClient({ url, apiKey, dispatcher, healthDeadlineMs }), options),
  )
  return new OpenAiCompatible({ ...options, replicas, onClose: () => dispatcher.destroy() })
}

import { Agent, fetch } from 'undici'
import { z } from 'zod'
import { Digest } from '../../contracts/primitives.ts'
import { readText } from '../../host/read-text.ts'
import { failure } from '../failure.ts'
import type { LineageHead, StepProgress, StepRecord, StepRequest, Trainer } from '../../contracts/ports/trainer.ts'
import { readRecord } from './read-record.ts'
import { toTrainerFailure, isCancelledByUser, stalled, TrainerProblem } from './to-failure.ts'

const Moving = z.object({
  state: z.enum(['queued', 'running']),
  phase: z.string(),
  tokensDone: z.number(),
  heartbeatAtMs: z.number(),
  /** How much longer than `stalledAfterMs` the present piece of work may be quiet. */
  allowanceSeconds: z.number().default(0),
})
const View = z.union([
  z.object({ state: z.literal('done'), result: z.unknown() }),
  Moving,
  z.object({ state: z.enum(['refused', 'failed', 'aborted']), ...TrainerProblem.shape }),
])
const Head = z.object({ step: z.int().min(0), checkpointDigest: Digest })

/** A busy trainer answers late: its one process computes and serves. */
const ANSWER_MS = 30_000
/** A record holds tallies and a canary: some kilobytes. */
const ANSWER_BYTES_MAX = 8 << 20

export interface ServiceTrainerOptions {
  /** Address of `python -m agent0_ml.trainer serve`. */
  url: string
  /** The folder that it has as its store, as this machine sees it. */
  storeFolder: string
  /** Bearer token, where the service wants one. */
  token?: string
  /** Milliseconds without progress that count as a hang. */
  stalledAfterMs: number
  /** Seconds between two reports of progress. */
  pollS: number
}

/** The trainer as a service over HTTP: a step continues without a client, and the next attempt finds it. */
export class ServiceTrainer implements Trainer {
  readonly #options: ServiceTrainerOptions
  readonly #agent = new Agent({ keepAliveTimeout: 4_000, connect: { timeout: 10_000 } })

  constructor(options: ServiceTrainerOptions) {
    this.#options = options
  }

  async step(
    request: StepRequest,
    onProgress: (progress: StepProgress) => void,
    signal?: AbortSignal,
  ): Promise<StepRecord> {
    const path = `/v1/lineages/${encodeURIComponent(request.lineage)}/steps/${request.step}`
    try {
      return await this.#follow(path, request, onProgress, signal)
    } catch (error) {
      if (signal?.aborted && isCancelledByUser(signal.reason))
        await this.#call('POST', `${path}/abort`).catch(() => undefined)
      throw error
    }
  }

  async #follow(
    path: string,
    request: StepRequest,
    onProgress: (progress: StepProgress) => void,
    signal: AbortSignal | undefined,
  ): Promise<StepRecord> {
    const file = ({ path: uri, sha256 }: StepRequest['batch']) => ({ uri, sha256 })
    const { parent, setAside, attempt, batch, config } = request
    const body = { parent, setAside, attempt, batch: file(batch), config: file(config) }
    let answer = await this.#call('PUT', path, signal, body)
    let last = ''
    let movedAtMs = performance.now()
    for (;;) {
      const view = this.#read(View, answer)
      if (view.state === 'done') return readRecord(view.result, request, this.#options.storeFolder)
      if ('error' in view) throw toTrainerFailure(view)
      const { phase, tokensDone, heartbeatAtMs, allowanceSeconds } = view
      const seen = `${phase} ${tokensDone} ${heartbeatAtMs}`
      if (seen !== last) movedAtMs = performance.now()
      last = seen
      const quietMs = performance.now() - movedAtMs
      if (quietMs > this.#options.stalledAfterMs + 1_000 * allowanceSeconds) throw stalled(phase, tokensDone, quietMs)
      onProgress({ phase, tokensDone })
      answer = await this.#call('GET', `${path}?wait=${this.#options.pollS}`, signal)
    }
  }

  async head(lineage: string): Promise<LineageHead> {
    return this.#read(Head, await this.#call('GET', `/v1/lineages/${encodeURIComponent(lineage)}`))
  }

  async hold(holder: string, checkpoints: readonly string[]): Promise<void> {
    await this.#call('PUT', `/v1/holders/${encodeURIComponent(holder)}`, undefined, { checkpoints })
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  #read<T>(schema: z.ZodType<T>, answer: unknown): T {
    const parsed = schema.safeParse(answer)
    if (parsed.success) return parsed.data
    throw failure(
      'Trainer.Unavailable',
      `unexpected response from the trainer at ${this.#options.url}: ${JSON.stringify(answer)}`,
    )
  }

  /** One try. Gives the answer's JSON; throws failures, or the reason of the signal. */
  async #call(method: string, path: string, signal?: AbortSignal, body?: object): Promise<unknown> {
    const { url, token, pollS } = this.#options
    const deadline = AbortSignal.timeout(ANSWER_MS + 1_000 * pollS)
    let answer: { status: number; text: string }
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        dispatcher: this.#agent,
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        // A redirect would carry our request, and its token, to another server.
        redirect: 'error',
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      answer = { status: response.status, text: await readText(response, ANSWER_BYTES_MAX) }
    } catch (error) {
      signal?.throwIfAborted()
      const { message, cause } = error as Error
      throw failure('Trainer.Unavailable', `${url}: ${cause instanceof Error ? cause.message : message}`, error)
    }
    return this.#accept(answer.status, answer.text)
  }

  #accept(status: number, text: string): unknown {
    const { url } = this.#options
    const json = z.json().safeParse(text === '' ? null : parseOrNull(text))
    if (status < 300) return json.data
    const trouble = TrainerProblem.safeParse(json.data)
    if (trouble.success) throw toTrainerFailure(trouble.data)
    if (status === 404)
      throw failure('Trainer.Crashed', `${url} was restarted during the step; the step will be requested again`)
    if (status === 401 || status === 403)
      throw failure(
        'Trainer.BadRequest',
        `the trainer at ${url} rejected our bearer token (${status}): set the token that it was started with`,
      )
    throw failure('Trainer.Unavailable', `the trainer at ${url} answered ${status}: ${text.slice(0, 200)}`)
  }
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

import OpenAI from 'openai'
import { type Dispatcher, fetch as undiciFetch } from 'undici'
import { AnswerTooLong, readText } from '../../host/read-text.ts'
import { failure } from '../failure.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { isTimeout, toFailure } from './to-failure.ts'
import { readMetrics, type Metrics } from './token-progress.ts'
import { readAnswer } from './read-completion.ts'
import { ModelsAnswer, VersionAnswer, type CompletionBody, type ScoreBody, type ServedModel } from './vllm-api.ts'

/** Loading an adapter of a large model from a network disk takes its time. */
const LOAD_DEADLINE_MS = 300_000
const LIST_DEADLINE_MS = 30_000
/** Of every answer but a completion. */
const STATUS_BYTES_MAX = 16 << 20
/** Of a completion, per token: its text may stand there twice, beside its id and its log-probability. */
const TOKEN_BYTES_MAX = 1_024

export interface ServerClientOptions {
  /** Without `/v1`. */
  url: string
  apiKey: string | undefined
  dispatcher: Dispatcher
  /** Limit of `/health`, `/metrics` and `/version`: long, as a busy front answers late. */
  healthDeadlineMs: number
}

/** The calls to one server, one try each. Everything thrown is an `Llm.…` failure, or the reason of the caller's signal. */
export class ServerClient {
  readonly url: string
  readonly #openai: OpenAI
  readonly #options: ServerClientOptions

  constructor(options: ServerClientOptions) {
    this.#options = options
    this.url = options.url.replace(/\/+$/, '').replace(/\/v1$/, '')
    this.#openai = new OpenAI({
      baseURL: `${this.url}/v1`,
      apiKey: options.apiKey ?? 'EMPTY',
      maxRetries: 0,
      fetch: boundedFetch(STATUS_BYTES_MAX) as never,
      // A redirect would carry prompts to another server.
      fetchOptions: { dispatcher: options.dispatcher as never, redirect: 'error' },
    })
  }

  /** The answer as it came, parsed JSON. */
  complete(body: CompletionBody | ScoreBody, deadlineMs: number, signal: AbortSignal): Promise<unknown> {
    const tokens = (body.prompt?.length ?? 0) + (body.n ?? 1) * (body.max_tokens ?? 1)
    const openai = this.#openai.withOptions({
      fetch: boundedFetch(STATUS_BYTES_MAX + tokens * TOKEN_BYTES_MAX) as never,
    })
    return this.#call(() => openai.completions.create(body, { timeout: deadlineMs, signal }), signal)
  }

  async oneToken(deadlineMs: number): Promise<void> {
    const [base] = await this.models()
    const body = { model: base?.id ?? 'base', prompt: [0], max_tokens: 1 }
    await this.complete(body as never, deadlineMs, AbortSignal.timeout(deadlineMs))
  }

  /** What the server offers: its base first, adapters after it. */
  async models(): Promise<ServedModel[]> {
    const answer = await this.#call(() => this.#openai.get('/models', { timeout: LIST_DEADLINE_MS }))
    return readAnswer(ModelsAnswer, answer, `${this.url}/v1/models`).data
  }

  async loadAdapter(name: string, checkpointDir: string): Promise<void> {
    const body = { lora_name: name, lora_path: checkpointDir }
    await this.#call(() => this.#openai.post('/load_lora_adapter', { body, timeout: LOAD_DEADLINE_MS }))
  }

  async unloadAdapter(name: string): Promise<void> {
    const body = { lora_name: name }
    await this.#call(() => this.#openai.post('/unload_lora_adapter', { body, timeout: LIST_DEADLINE_MS }))
  }

  async version(): Promise<string> {
    const text = await this.#get('/version')
    return readAnswer(VersionAnswer, await this.#call(async () => JSON.parse(text) as unknown), `${this.url}/version`)
      .version
  }

  async metrics(): Promise<Metrics> {
    return readMetrics(await this.#get('/metrics'))
  }

  async checkHealth(): Promise<void> {
    await this.#get('/health')
  }

  async #get(path: string): Promise<string> {
    const { dispatcher, healthDeadlineMs } = this.#options
    try {
      const signal = AbortSignal.timeout(healthDeadlineMs)
      const response = await undiciFetch(`${this.url}${path}`, { dispatcher, signal, redirect: 'error' })
      const text = await readText(response, STATUS_BYTES_MAX)
      if (response.ok) return text
      throw failure('Llm.Unavailable', `${this.url}${path} answers ${response.status}`)
    } catch (error) {
      if (error instanceof AnswerTooLong)
        throw failure('Llm.Unavailable', `${this.url}${path}: ${error.message}`, error)
      if (!isTimeout(error)) throw toFailure(error, this.url)
      throw failure('Llm.Unavailable', `${this.url}${path} does not answer within ${healthDeadlineMs} ms`, error)
    }
  }

  async #call<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await call()
    } catch (error) {
      signal?.throwIfAborted()
      throw toFailure(error, this.url)
    }
  }
}

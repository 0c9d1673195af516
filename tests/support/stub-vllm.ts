import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { noise, stubGeneration, stubScores, type Writer } from './stub-model.ts'

/** How the stub meets one completion request; a function changes the whole answer. */
export type Behaviour =
  | { kind: 'status'; status: number; headers?: Record<string, string> }
  | { kind: 'hang' | 'reset' | 'cut' | 'half' | 'garbage' | 'html' }
  | { kind: 'slow'; ms: number }
  | { kind: 'changed'; change: (answer: StubAnswer) => unknown }

export type StubAnswer = ReturnType<StubVllm['answer']>

interface CompletionRequest {
  model: string
  prompt: number[]
  max_tokens: number
  n?: number
  seed?: number
  temperature?: number
  stop?: string[]
  prompt_logprobs?: number
  stop_token_ids?: number[]
}

const CONTEXT = 1000

/** The vLLM subset on a loopback port, over the stub model, with the faults that a real one is hard to bring to. */
export class StubVllm {
  /** Met by the next completion requests, one each; then all goes well. */
  readonly planned: Behaviour[] = []
  /** Bodies of the completion requests. */
  readonly requests: CompletionRequest[] = []
  /** Folder by adapter name. */
  readonly adapters = new Map<string, string>()
  /** Adapters that it has and does not apply: it answers as its base. */
  readonly notApplied = new Set<string>()
  /** Loads that failed with 500 although nothing is wrong: this many to come. */
  loadFaults = 0
  aborted = 0
  socketsMax = 0
  /** Completion requests at once, at most. */
  runningMax = 0
  #running = 0
  #tokens = 0
  #port = 0
  #server: Server | undefined
  readonly #sockets = new Set<Socket>()
  readonly #write: Writer

  constructor(write: Writer = noise) {
    this.#write = write
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Listens; after `stop` on the same port again. */
  async start(): Promise<this> {
    this.#server = createServer((request, response) => void this.#route(request, response))
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      this.socketsMax = Math.max(this.socketsMax, this.#sockets.size)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve) => this.#server!.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
    return this
  }

  /** Ends as a killed process does: connections are reset, adapters forgotten. */
  async stop(): Promise<void> {
    this.adapters.clear()
    const closed = new Promise((resolve) => this.#server!.close(resolve))
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await closed
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const bytes of request) text += String(bytes)
    const body = (text === '' ? {} : JSON.parse(text)) as never
    switch (request.url ?? '') {
      case '/v1/completions':
        return this.#complete(body, response)
      case '/v1/load_lora_adapter':
        return this.#load(body, response)
      case '/v1/unload_lora_adapter':
        return this.#unload(body, response)
      case '/v1/models':
        return send(response, 200, { data: this.#models() })
      case '/version':
        return send(response, 200, { version: 'stub' })
      case '/metrics':
        response.end(
          `vllm:num_requests_running{engine="0"} ${this.#running}.0\nvllm:generation_tokens_total ${this.#tokens}\n`,
        )
        return
      default:
        response.writeHead(request.url === '/health' ? 200 : 404).end()
    }
  }

  #models() {
    const adapters = [...this.adapters].map(([id, root]) => ({ id, root, parent: 'base' }))
    return [{ id: 'base', root: '/models/base', parent: null }, ...adapters]
  }

  #load(
    { lora_name: name, lora_path: path }: { lora_name: string; lora_path: string },
    response: ServerResponse,
  ): void {
    if (this.loadFaults-- > 0) refuse(response, 500, 'InternalServerError', 'disk asleep')
    else if (this.adapters.has(name))
      refuse(response, 400, 'InvalidUserInput', `The lora adapter '${name}' has already been loaded.`)
    else if (path.includes('missing')) refuse(response, 404, 'NotFoundError', `No adapter found for ${path}`)
    else {
      this.adapters.set(name, path)
      response.end(`Success: LoRA adapter '${name}' added successfully.`)
    }
  }

  #unload({ lora_name: name }: { lora_name: string }, response: ServerResponse): void {
    if (!this.adapters.delete(name))
      return refuse(response, 404, 'NotFoundError', `The lora adapter '${name}' cannot be found.`)
    response.end(`Success: LoRA adapter '${name}' removed successfully.`)
  }

  async #complete(body: CompletionRequest, response: ServerResponse): Promise<void> {
    this.requests.push(body)
    const weights = body.model === 'base' ? 'base' : this.adapters.get(body.model)
    if (weights === undefined)
      return refuse(response, 404, 'NotFoundError', `The model \`${body.model}\` does not exist.`)
    if (body.prompt.length + body.max_tokens > CONTEXT)
      return refuse(response, 400, 'BadRequestError', `at most ${CONTEXT} tokens`)
    this.runningMax = Math.max(this.runningMax, ++this.#running)
    response.on('close', () => {
      this.#running--
      if (!response.writableFinished) this.aborted++
    })
    await this.#behave(this.planned.shift(), this.answer(body, weights), response)
  }

  async #behave(behaviour: Behaviour | undefined, answer: StubAnswer, response: ServerResponse): Promise<void> {
    const text = JSON.stringify(answer)
    switch (behaviour?.kind) {
      case 'hang':
        return
      case 'reset':
        response.socket!.resetAndDestroy()
        return
      case 'status':
        return refuse(response, behaviour.status, 'Planned', 'planned', behaviour.headers)
      case 'cut':
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length })
        response.write(text.slice(0, text.length / 2), () => response.socket!.resetAndDestroy())
        return
      case 'half':
        return send(response, 200, text.slice(0, text.length / 2))
      case 'garbage':
        return send(response, 200, { choices: 'none' })
      case 'html':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>a proxy says hello</html>')
        return
      case 'changed':
        return send(response, 200, behaviour.change(answer))
      case undefined:
        break
      case 'slow':
        await new Promise((resolve) => setTimeout(resolve, behaviour.ms))
    }
    this.#tokens += answer.usage.completion_tokens
    send(response, 200, text)
  }

  /** Each place's own token; the stub's adapter may be one that is not applied. */
  #promptLogprobs({ prompt, model }: CompletionRequest, weights: string) {
    const scored = this.notApplied.has(model) ? 'base' : weights
    const places = prompt.map((_token, place) => place)
    const values = stubScores(scored, prompt, places)
    return prompt.map((token, place) => (place === 0 ? null : { [token]: { logprob: values[place]!, rank: 1 } }))
  }

  answer(body: CompletionRequest, weights: string) {
    const {
      model,
      prompt,
      max_tokens: tokensMax,
      n = 1,
      seed = 0,
      temperature = 1,
      stop = [],
      stop_token_ids: stopTokenIds = [],
    } = body
    const choices = Array.from({ length: n }, (_, index) => {
      const request = {
        weights,
        promptTokenIds: prompt,
        temperature,
        tokensMax,
        stop,
        stopTokenIds,
        seed: seed + index,
      }
      const { tokenIds, logprobs, text, finish } = stubGeneration(this.#write, request)
      return {
        index,
        text,
        finish_reason: finish === 'length' ? 'length' : 'stop',
        stop_reason: finish === 'stop_text' ? stop.find((each) => text.endsWith(each))! : null,
        token_ids: tokenIds,
        prompt_logprobs: body.prompt_logprobs === undefined ? null : this.#promptLogprobs(body, weights),
        logprobs: { tokens: tokenIds.map((id) => String.fromCodePoint(id)), token_logprobs: logprobs },
      }
    })
    return {
      model,
      choices,
      usage: { completion_tokens: choices.reduce((sum, each) => sum + each.token_ids.length, 0) },
    }
  }
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
}

function refuse(response: ServerResponse, code: number, type: string, message: string, headers = {}): void {
  send(response, code, { error: { message, type, param: null, code } }, headers)
}

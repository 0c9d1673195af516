// A process of its own for the client, so that its CPU time is the client's alone. Reads the plan from its arguments.
import { Agent, fetch } from 'undici'
import { servable } from '../contracts/servable.ts'
import { openModelServer } from '../services/model-server/open.ts'
import { benchPolicy, type ServingJob, type ServingRun } from './serving-plan.ts'

const { url, promptTokenIds, requests, atOnce, samples, tokensMax, bare } = JSON.parse(process.argv[2]!) as ServingJob
const server = openModelServer({ urls: [url] })

const agent = new Agent()

async function sendBare(seed: number): Promise<number> {
  const body = {
    model: 'base',
    prompt: promptTokenIds,
    max_tokens: tokensMax,
    n: samples,
    seed,
    return_token_ids: true,
  }
  const request = {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    dispatcher: agent,
  }
  const response = await fetch(`${url}/v1/completions`, request)
  const { usage } = (await response.json()) as { usage: { completion_tokens: number } }
  return usage.completion_tokens
}

async function send(seed: number): Promise<number> {
  const sampling = { temperature: 1, topP: 1, topK: 'none' } as const
  const task = `task-${seed}`
  const sampled = await server.generate({
    policy: servable(benchPolicy),
    promptTokenIds,
    sampling,
    tokensMax,
    stop: ['\n```\n'],
    seed,
    samples,
    task,
  })
  return sampled.reduce((sum, { generation }) => sum + generation.tokenIds.length, 0)
}

/** `count` requests, `atOnce` at a time; gives the sampled tokens. */
async function run(count: number): Promise<number> {
  let next = 0
  let tokens = 0
  const worker = async () => {
    while (next < count) {
      const sampled = await (bare ? sendBare : send)(next++)
      tokens += sampled
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return tokens
}

// Warms up the compiler, the connections and the server.
const warmUp = await run(Math.max(atOnce, Math.floor(requests / 5)))
const before = process.cpuUsage()
const started = performance.now()
const tokens = await run(requests)
const { user, system } = process.cpuUsage(before)
const result: ServingRun = {
  seconds: (performance.now() - started) / 1_000,
  cpuMs: (user + system) / 1_000,
  tokens,
  tokensInAll: warmUp + tokens,
}
await Promise.all([server.close(), agent.close()])
console.log(JSON.stringify(result))

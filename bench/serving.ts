import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { median, type Figure } from './figures.ts'
import { SAMPLES, serverJob, type ServingJob, type ServingRun, TASKS_AT_ONCE, tokensOf } from './serving-plan.ts'

const JOB = join(import.meta.dirname, 'serving-job.ts')
const REPEATS = 3
const TOKENS = 40

export async function measure(job: ServingJob): Promise<ServingRun> {
  const { stdout } = await promisify(execFile)(process.execPath, [JOB, JSON.stringify(job)])
  return JSON.parse(stdout) as ServingRun
}

/** A server that costs nothing: the same answer, as long as vLLM's, to every request at once. */
async function cannedServer(): Promise<{ url: string; close: () => void }> {
  const ids = Array.from({ length: TOKENS }, (_, index) => index + 20)
  const logprobs = ids.map((id) => -4.5 - id / 97)
  const tokens = ids.map((id) => String.fromCharCode(65 + (id % 26)))
  const choices = Array.from({ length: SAMPLES }, (_, index) => ({
    index,
    text: tokens.join(''),
    logprobs: {
      text_offset: ids.map((_, at) => at),
      token_logprobs: logprobs,
      tokens,
      top_logprobs: tokens.map((token, at) => ({ [token]: logprobs[at] })),
    },
    finish_reason: 'length',
    stop_reason: null,
    token_ids: ids,
    prompt_token_ids: ids,
  }))
  const usage = { completion_tokens: SAMPLES * TOKENS }
  const completion = JSON.stringify({ id: 'cmpl-0', model: 'base', choices, usage })
  const models = JSON.stringify({ data: [{ id: 'base', root: '/', parent: null }] })
  const server = createServer((request, response) => {
    request.resume()
    response.setHeader('content-type', 'application/json')
    request.on('end', () => response.end(request.url === '/v1/completions' ? completion : models))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

/** CPU time of a request, and how much of it is more than any client would take; the two are measured in turn. */
async function clientFigures(): Promise<Figure[]> {
  const canned = await cannedServer()
  const figures: Figure[] = []
  for (const atOnce of [1, 64]) {
    const promptTokenIds = Array.from({ length: 64 }, (_, index) => index)
    const job = { url: canned.url, promptTokenIds, requests: 3000, atOnce, samples: SAMPLES, tokensMax: TOKENS }
    const perRequest = async (bare: boolean) => (await measure({ ...job, bare })).cpuMs / job.requests
    const pairs: [ours: number, bare: number][] = []
    for (let repeat = 0; repeat < REPEATS; repeat++) pairs.push([await perRequest(false), await perRequest(true)])
    const name = `client CPU per request of ${SAMPLES} × ${TOKENS} tokens, ${atOnce} at once`
    figures.push(
      { name, value: median(pairs.map(([ours]) => ours)), unit: 'ms' },
      { name: `${name}: fetch and JSON.parse alone`, value: median(pairs.map(([, bare]) => bare)), unit: 'ms' },
      { name: `${name}: what we add`, value: median(pairs.map(([ours, bare]) => ours - bare)), unit: 'ms' },
    )
  }
  canned.close()
  return figures
}

/** Sampled tokens per second of a server through HTTP and our client; samples end when the model ends them. */
async function serverFigures(url: string): Promise<Figure[]> {
  const promptTokenIds = await tokensOf(url)
  const figures: Figure[] = []
  for (const atOnce of TASKS_AT_ONCE) {
    const job = serverJob(url, promptTokenIds, atOnce)
    const run = await measure(job)
    const name = `${atOnce} tasks × ${SAMPLES} samples at once, ${promptTokenIds.length} prompt tokens`
    const perSample = run.tokens / job.requests / SAMPLES
    figures.push(
      { name: `${name}, 64 tokens at most`, value: run.tokens / run.seconds, unit: 'tokens/s' },
      { name: `${name}: length of a sample`, value: perSample, unit: 'tokens' },
    )
  }
  return figures
}

/** @param options `url`: a server to measure, beside the client alone */
export async function benchServing({ url }: { url?: string }): Promise<Figure[]> {
  return url === undefined ? clientFigures() : serverFigures(url)
}

import { readMetrics } from '../../services/model-server/token-progress.ts'
import { HealthCheck, type CheckedServer, type HealthCheckOptions } from '../../services/model-server/health-check.ts'

const ANSWER_MS = 10_000
const REFUSED_KEY = [401, 403]

/** A server, asked with Node's own fetch: the supervisor must stay small. */
function asked(url: string, key: string | undefined): CheckedServer {
  const answer = (path: string, deadlineMs = ANSWER_MS, body?: object) => {
    const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const headers = { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) }
    return fetch(new URL(path, url), { signal: AbortSignal.timeout(deadlineMs), headers, ...post })
  }
  const text = async (response: Response) => {
    if (!response.ok) throw new Error(`${response.url} answers ${response.status}`)
    return response.text()
  }
  return {
    url,
    checkHealth: async () => {
      await text(await answer('/health'))
      const { status } = await answer('/v1/models')
      if (REFUSED_KEY.includes(status))
        throw new Error(`${url} rejects our API key (${status}): set AGENT0_MODEL_API_KEY, then "agent0 down" and "up"`)
    },
    metrics: async () => readMetrics(await text(await answer('/metrics'))),
    oneToken: async (deadlineMs) => {
      const { data } = JSON.parse(await text(await answer('/v1/models'))) as { data: { id: string }[] }
      await text(await answer('/v1/completions', deadlineMs, { model: data[0]!.id, prompt: [0], max_tokens: 1 }))
    },
  }
}

/** A health check of model servers that also sees engines which hang behind a healthy front. */
export function engineWatch(urls: readonly string[], options: HealthCheckOptions, key?: string): () => Promise<void> {
  const watches = urls.map((url) => new HealthCheck(asked(url, key), options))
  return async () => {
    for (const watch of watches) await watch.check()
  }
}

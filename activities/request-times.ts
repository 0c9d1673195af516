import type { Interval } from '../core/metrics/intervals.ts'
import type { ModelServer } from '../contracts/ports/index.ts'

/**
 * A model server that notes when requests which it answered were under way, by this machine's clock. Waiting for a turn or
 * for a busy server counts, since work was at hand; a request that failed counts nothing.
 */
export function requestTimes(server: Pick<ModelServer, 'generate'>) {
  const requests: Interval[] = []
  const models: Pick<ModelServer, 'generate'> = {
    generate: async (request) => {
      const from = Date.now()
      const sampled = await server.generate(request)
      requests.push([from, Date.now()])
      return sampled
    },
  }
  return { models, requests }
}

import type { Interval } from '../core/metrics/intervals.ts'
import type { ModelServer } from '../contracts/ports/index.ts'

/**
 * A model server that records when its successful requests ran, by this machine's clock. Time in the queue of a busy server counts; failed
 * requests do not.
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

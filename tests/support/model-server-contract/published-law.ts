import { openModelServer } from '../../../services/model-server/open.ts'
import { aServablePolicy } from '../policies.ts'
import type { RealSubject } from '../real-model-servers.ts'
import { trainedSteps } from '../trained-steps.ts'

/** None of the contract's own. */
const VERSION = 9

/** A checkpoint of the trainer, unchanged, in the model server that keeps the contract. */
export function publishedLaw(subject: RealSubject): void {
  test('a checkpoint of the trainer agrees with its canary, and the base model does not', async () => {
    // So hot that every logprob moves well beyond the bound.
    const [record] = await trainedSteps(subject.models, { learningRate: 0.05, steps: 1 })
    const server = openModelServer({ urls: [subject.url] })
    try {
      const check = { canary: record!.canary, bound: 1e-3, isAccepted: false }
      const [loaded] = await server.ensurePolicy(aServablePolicy(VERSION, record!.checkpointDir), check)
      expect(loaded!.loadedNow).toBe(true)
      expect(loaded!.canaryDifference).toBeLessThanOrEqual(check.bound)
      const base = server.ensurePolicy(aServablePolicy(0, null), check)
      await expect(base).rejects.toMatchObject({ type: 'Agent0.OtherWeights' })
    } finally {
      await server.close()
    }
  }, 600_000)
}

import { createHash } from 'node:crypto'
import { failure } from '../../services/failure.ts'
import type { LineageHead, StepProgress, StepRecord, StepRequest, Trainer } from '../../contracts/ports/trainer.ts'

const digestOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex')
const BASE = digestOf('base')

/** The port in memory: a checkpoint is the digest of what names it. Remembers every request. */
export class FakeTrainer implements Trainer {
  readonly requests: StepRequest[] = []
  readonly #failures: Error[] = []
  readonly #chains = new Map<string, StepRecord[]>()

  /** The next steps that would compute throw these, one each. */
  failNext(...errors: Error[]): void {
    this.#failures.push(...errors)
  }

  async step(
    request: StepRequest,
    onProgress: (progress: StepProgress) => void,
    signal?: AbortSignal,
  ): Promise<StepRecord> {
    this.requests.push(request)
    signal?.throwIfAborted()
    const { lineage, step, batch, config } = request
    const madeFrom = { parent: request.parent ?? BASE, batch: batch.sha256, config: config.sha256 }
    const chain = this.#chains.get(lineage) ?? []
    const stored = chain[step - 1]
    if (stored !== undefined) {
      if (digestOf(stored.madeFrom) === digestOf(madeFrom)) return stored
      throw failure('Trainer.Conflict', `step ${step} of ${lineage} was made from other digests`)
    }
    const head = await this.head(lineage)
    if (step !== head.step + 1 || madeFrom.parent !== head.checkpointDigest)
      throw failure('Trainer.Conflict', `the head of ${lineage} is step ${head.step}, ${head.checkpointDigest}`)
    onProgress({ phase: 'update 1 of 1', tokensDone: 0 })
    const error = this.#failures.shift()
    if (error !== undefined) throw error
    const checkpointDigest = digestOf(madeFrom)
    const record: StepRecord = {
      lineage,
      step,
      checkpointDigest,
      checkpointDir: `/fake-store/checkpoints/${checkpointDigest}`,
      madeFrom,
      weights: 'lora',
      metrics: { loss: 0.5, tokens: 100 },
      tallies: { loss: { sum: 50, count: 100 } },
      canary: { promptTokenIds: [1, 2], tokenIds: [3, 4], logprobs: [-0.5, -0.25], tolerance: 1e-3 },
    }
    this.#chains.set(lineage, [...chain, record])
    return record
  }

  async head(lineage: string): Promise<LineageHead> {
    const last = this.#chains.get(lineage)?.at(-1)
    return { step: last?.step ?? 0, checkpointDigest: last?.checkpointDigest ?? BASE }
  }

  async close(): Promise<void> {}
}

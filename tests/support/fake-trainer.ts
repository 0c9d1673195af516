import { createHash } from 'node:crypto'
import { failure } from '../../services/failure.ts'
import type { LineageHead, StepProgress, StepRecord, StepRequest, Trainer } from '../../contracts/ports/trainer.ts'
import { noise, stubCanary } from './stub-model.ts'

const digestOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex')
/** Digest of the base model of every lineage. */
export const BASE = digestOf('base')

/** Where a checkpoint lies: what the fake model server takes for its weights. */
const folderOf = (digest: string) => (digest === BASE ? 'base' : `/fake-store/checkpoints/${digest}`)

/** The port in memory: a checkpoint is the digest of what names it. Remembers every request. */
export class FakeTrainer implements Trainer {
  readonly requests: StepRequest[] = []
  /** Those that were computed, not only looked up. */
  readonly computed: StepRequest[] = []
  /** Checkpoints by holder. */
  readonly held = new Map<string, readonly string[]>()
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
    const earlier = [BASE, ...chain.map(({ checkpointDigest }) => checkpointDigest)]
    const continues =
      madeFrom.parent === head.checkpointDigest ||
      (request.setAside === head.checkpointDigest && earlier.includes(madeFrom.parent))
    if (step !== head.step + 1 || !continues)
      throw failure('Trainer.Conflict', `the head of ${lineage} is step ${head.step}, ${head.checkpointDigest}`)
    onProgress({ phase: 'update 1 of 1', tokensDone: 1 })
    const error = this.#failures.shift()
    if (error !== undefined) throw error
    this.computed.push(request)
    const checkpointDigest = digestOf(madeFrom)
    const record: StepRecord = {
      lineage,
      step,
      checkpointDigest,
      checkpointDir: folderOf(checkpointDigest),
      madeFrom,
      weights: 'lora',
      metrics: { loss: 0.5, tokens: 100 },
      tallies: {
        loss: { sum: 50, count: 100 },
        sampler_kl_k3: { sum: 0.5, count: 100 },
        'clip_share/p_hat_0.5': { sum: 1, count: 10 },
      },
      // The fake model server agrees with it.
      canary: stubCanary(noise, folderOf(checkpointDigest), 'Propose.', folderOf(madeFrom.parent)),
    }
    this.#chains.set(lineage, [...chain, record])
    return record
  }

  async head(lineage: string): Promise<LineageHead> {
    const last = this.#chains.get(lineage)?.at(-1)
    return { step: last?.step ?? 0, checkpointDigest: last?.checkpointDigest ?? BASE }
  }

  /** Only refuses what it does not know. */
  async hold(holder: string, checkpoints: readonly string[]): Promise<void> {
    const known = [...this.#chains.values()].flat().map(({ checkpointDigest }) => checkpointDigest)
    const missing = checkpoints.find((digest) => !known.includes(digest))
    if (missing !== undefined) throw failure('Trainer.BadRequest', `there is no checkpoint ${missing} to pin`)
    this.held.set(holder, checkpoints)
  }

  async close(): Promise<void> {}
}

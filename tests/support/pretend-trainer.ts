import { createHash } from 'node:crypto'
import { failure } from '../../services/failure.ts'
import type { StepRecord, StepRequest, Trainer } from '../../contracts/ports/index.ts'
import { encode } from './rollouts.ts'

/** Digest of the base model of every lineage. */
export const BASE = createHash('sha256').update('base').digest('hex')

/** The port in memory: a checkpoint is a digest of what it was asked for, as a step is a function of that. */
export class PretendTrainer implements Trainer {
  /** Steps that were computed, not only looked up. */
  readonly computed: StepRequest[] = []
  readonly #steps = new Map<string, StepRecord>()
  readonly #heads = new Map<string, { step: number; checkpointDigest: string }>()

  async step({ lineage, step, parent, batch, config, attempt }: StepRequest): Promise<StepRecord> {
    const madeFrom = { parent: parent ?? BASE, batch: batch.sha256, config: config.sha256 }
    const checkpointDigest = createHash('sha256').update(JSON.stringify(madeFrom)).digest('hex')
    const known = this.#steps.get(`${lineage}/${step}`)
    if (known?.checkpointDigest === checkpointDigest) return known
    if (known !== undefined) throw failure('Trainer.Conflict', `${lineage}, step ${step}: made from other digests`)
    const head = await this.head(lineage)
    if (head.step !== step - 1 || head.checkpointDigest !== madeFrom.parent)
      throw failure('Trainer.Conflict', `${lineage}, step ${step}: the head is step ${head.step}`)
    this.computed.push({ lineage, step, parent, batch, config, attempt })
    const record: StepRecord = {
      lineage,
      step,
      checkpointDigest,
      checkpointDir: `/checkpoints/${checkpointDigest}`,
      madeFrom,
      weights: 'lora',
      metrics: { loss: 0.5 },
      tallies: { sampler_kl_k3: { sum: 0.5, count: 100 }, 'clip_share/p_hat_0.5': { sum: 1, count: 10 } },
      canary: { promptTokenIds: encode('Propose.'), tokenIds: [65], logprobs: [0], tolerance: 1_000 },
    }
    this.#steps.set(`${lineage}/${step}`, record)
    this.#heads.set(lineage, { step, checkpointDigest })
    return record
  }

  async head(lineage: string) {
    return this.#heads.get(lineage) ?? { step: 0, checkpointDigest: BASE }
  }

  close = async () => {}
}

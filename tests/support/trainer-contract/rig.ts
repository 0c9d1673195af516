import type { StepProgress, StepRecord, StepRequest, Trainer } from '../../../contracts/ports/trainer.ts'
import type { TrainingFiles } from '../tiny-trainings.ts'

/** What the contract is tried on. */
export interface TrainerSubject {
  trainer: Trainer
  files: TrainingFiles
  /** Whether it computes; the fake only remembers. */
  real: boolean
  /** Has the next step die in its middle, as by `kill -9`; `heal` brings back what died. */
  hurt: () => Promise<void>
  heal: () => Promise<void>
  close: () => Promise<void>
}

export const refusal = (type: string) => ({ type, nonRetryable: true })

/** What the laws are told in: the subject, once it is open, a request to vary, and what an undisturbed first step gives. */
export class TrainerRig {
  subject!: TrainerSubject
  /** Of the lineage `undisturbed`. Every lineage starts alike, so every other first step is to end with its digest. */
  first!: StepRecord
  readonly progressOfFirst: StepProgress[] = []
  #lineages = 0

  async start(subject: TrainerSubject): Promise<void> {
    this.subject = subject
    const first = this.request('undisturbed')
    this.first = await subject.trainer.step(first, (progress) => this.progressOfFirst.push(progress))
  }

  /** The name of a lineage without steps. */
  fresh(): string {
    return `run-${(this.#lineages += 1)}`
  }

  request(lineage: string, changes: Partial<StepRequest> = {}): StepRequest {
    const { batch, config } = this.subject.files
    return { lineage, step: 1, parent: null, batch, config, attempt: 1, ...changes }
  }

  take(asked: StepRequest): Promise<StepRecord> {
    return this.subject.trainer.step(asked, () => undefined)
  }
}

import { failure } from '../../../services/failure.ts'
import { FakeTrainer } from '../../support/fake-trainer.ts'
import { trainerContract } from '../../support/trainer-contract/contract.ts'
import type { TrainerSubject } from '../../support/trainer-contract/rig.ts'

const named = (name: string) => ({ path: name, sha256: Buffer.from(name).toString('hex').padEnd(64, '0') })

async function fakeSubject(): Promise<TrainerSubject> {
  const trainer = new FakeTrainer()
  const [batch, other, malformed] = ['batch', 'other', 'malformed'].map(named)
  const [config, diverging] = ['config', 'diverging'].map(named)
  return {
    trainer,
    real: false,
    files: { batch: batch!, other: other!, malformed: malformed!, config: config!, diverging: diverging! },
    hurt: async () => trainer.failNext(failure('Trainer.Crashed', 'killed')),
    heal: async () => undefined,
    close: () => trainer.close(),
  }
}

describe('the fake', () => {
  trainerContract(fakeSubject, { real: false })
})

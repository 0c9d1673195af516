import { failure } from '../../../services/failure.ts'
import { FakeTrainer } from '../../support/fake-trainer.ts'
import { madePython } from '../../support/made-environments.ts'
import { oneShotSubject, serviceSubject } from '../../support/real-trainers.ts'
import { describeOn } from '../../support/sandbox-backends.ts'
import { trainerContract } from '../../support/trainer-contract/contract.ts'
import type { TrainerSubject } from '../../support/trainer-contract/rig.ts'

// Each step of a one-shot trainer starts a Python that imports torch: minutes on a machine that is busy.
jest.setTimeout(900_000)

const pretended = (name: string) => ({ path: name, sha256: Buffer.from(name).toString('hex').padEnd(64, '0') })

async function fakeSubject(): Promise<TrainerSubject> {
  const trainer = new FakeTrainer()
  const [batch, other, malformed] = ['batch', 'other', 'malformed'].map(pretended)
  const [config, diverging] = ['config', 'diverging'].map(pretended)
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

if (madePython() === undefined) {
  test('NOT RUN, because there is no Python environment on this machine (npm run setup): the real trainers', () => {
    expect(process.env['CI']).not.toBe('true')
  })
} else {
  describe('the service', () => {
    trainerContract(serviceSubject, { real: true })
  })
  describe('a child process per step', () => {
    trainerContract(() => oneShotSubject('process'), { real: true })
  })
  describeOn('docker', 'a container per step', () => {
    trainerContract(() => oneShotSubject('docker'), { real: true })
  })
}

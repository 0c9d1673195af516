import { installedPython } from '../../support/installed.ts'
import { notRun } from '../../support/not-run.ts'
import { serviceSubject } from '../../support/real-trainers.ts'
import { trainerContract } from '../../support/trainer-contract/contract.ts'

// Its Python imports torch, twice: a minute on a machine that is busy.
jest.setTimeout(900_000)

describe('the service', () => {
  if (installedPython() === undefined) notRun('the trainer as a service (npm run setup)')
  else trainerContract(serviceSubject, { real: true })
})

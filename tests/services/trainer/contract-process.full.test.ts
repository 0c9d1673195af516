import { installedPython } from '../../support/installed.ts'
import { notRun } from '../../support/not-run.ts'
import { oneShotSubject } from '../../support/real-trainers.ts'
import { trainerContract } from '../../support/trainer-contract/contract.ts'

// Each step starts a Python that imports torch: minutes on a machine that is busy.
jest.setTimeout(900_000)

describe('a child process per step', () => {
  if (installedPython() === undefined) notRun('the trainer as a child process per step (npm run setup)')
  else trainerContract(() => oneShotSubject('process'), { real: true })
})

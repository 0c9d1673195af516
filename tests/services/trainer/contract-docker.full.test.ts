import { installedPython } from '../../support/installed.ts'
import { notRun } from '../../support/not-run.ts'
import { oneShotSubject } from '../../support/real-trainers.ts'
import { describeOn } from '../../support/sandbox-backends.ts'
import { trainerContract } from '../../support/trainer-contract/contract.ts'

// Each step starts a Python that imports torch: minutes on a machine that is busy.
jest.setTimeout(900_000)

describeOn('docker', 'a container per step', () => {
  if (installedPython() === undefined) notRun('the trainer as a container per step (npm run setup)')
  else trainerContract(() => oneShotSubject('docker'), { real: true })
})

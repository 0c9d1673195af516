import Docker from 'dockerode'
import { MachineConfig, type MachineConfigInput } from '../../contracts/machine-config.ts'
import { findSandboxImage } from '../../services/sandbox/image/build-image.mjs'
import type { Environment } from '../../workers/environment.ts'
import { openTraining } from '../../workers/open-services.ts'
import { installedPython } from '../support/installed.ts'
import { notRun } from '../support/not-run.ts'
import { RealTrainer } from '../support/real-trainers.ts'
import { describeOn } from '../support/sandbox-backends.ts'
import { type TinyTrainings, tinyTrainings } from '../support/tiny-trainings.ts'

jest.setTimeout(300_000)

let made: TinyTrainings

/** The services of a training worker on a machine of this config. */
function training(trainer: MachineConfigInput['trainer']) {
  const machine = MachineConfig.parse({ trainer, store: { folder: made.storeFolder } })
  const environment: Environment = {
    machine,
    base: made.base,
    metrics: undefined,
    faults: undefined,
    lock: undefined,
    secrets: {},
  }
  return openTraining(environment, () => undefined)
}

/** The digest of the checkpoint that a first step of the worker's trainer ends with. */
async function firstStep(trainer: MachineConfigInput['trainer'], lineage: string): Promise<string> {
  const { services, close } = await training(trainer)
  const { batch, config } = made.files
  const request = { lineage, step: 1, parent: null, batch, config, attempt: 1 }
  try {
    await services.trainer.step(request, () => undefined)
    const { step, checkpointDigest } = await services.trainer.head(lineage)
    expect(step).toBe(1)
    return checkpointDigest
  } finally {
    await close()
  }
}

function everyKind(): void {
  let ofService = ''

  beforeAll(async () => {
    made = await tinyTrainings()
    const service = new RealTrainer(made)
    try {
      await service.start()
      ofService = await firstStep({ url: service.url }, 'of-service')
    } finally {
      await service.kill()
    }
  })
  afterAll(() => made.remove())

  test('kind service asks the one at `url`', () => {
    expect(ofService).toMatch(/^[0-9a-f]{64}$/)
  })

  test('kind process takes the same step in a child of the worker, with no service anywhere', async () => {
    expect(await firstStep({ kind: 'process', devices: 'none' }, 'of-process')).toBe(ofService)
  })

  describeOn('docker', 'kind docker', () => {
    test("takes the same step in a container of the sandbox's image unless another is named", async () => {
      const step = firstStep({ kind: 'docker', devices: 'none' }, 'of-docker')
      const images = new Set<string>()
      let isOver = false
      const engine = new Docker()
      void step.catch(() => undefined).finally(() => (isOver = true))
      while (!isOver) {
        const jobs = await engine.listContainers({ all: true, filters: { label: ['agent0.lineage=of-docker'] } })
        for (const { ImageID } of jobs) images.add(ImageID)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      expect(await step).toBe(ofService)
      expect([...images]).toEqual([(await findSandboxImage())!.digest])
    })

    test('another image is taken', async () => {
      await expect(firstStep({ kind: 'docker', image: 'agent0-none:0' }, 'of-another')).rejects.toMatchObject({
        type: 'Trainer.Unavailable',
        message: expect.stringContaining('agent0-none:0') as string,
      })
    })
  })
}

describe("a training worker's trainer is of the machine config's kind", () => {
  if (installedPython() !== undefined) everyKind()
  else notRun('the kinds of trainer (npm run setup)')
})

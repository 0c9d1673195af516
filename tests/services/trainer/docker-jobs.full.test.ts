import { randomUUID } from 'node:crypto'
import Docker from 'dockerode'
import { findSandboxImage } from '../../../services/sandbox/image/build-image.mjs'
import { thisOwner, writeOwner } from '../../../host/owner.ts'
import type { StepRequest } from '../../../contracts/ports/trainer.ts'
import { DockerJobs, jobOptions, type DockerJobsOptions } from '../../../services/trainer/docker-jobs.ts'
import { text } from 'node:stream/consumers'
import { describeOn } from '../../support/sandbox-backends.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const options: DockerJobsOptions = {
  image: 'an-image',
  command: ['/env/bin/python'],
  storeFolder: '/store',
  readOnly: ['/base'],
  environment: { NAME: 'value' },
  gpus: 'none',
}

test('a job writes into the store and nowhere else, as us, without network or capabilities', () => {
  const asked = jobOptions(options, ['step'], {})
  expect(asked).toMatchObject({ Cmd: ['/env/bin/python', 'step'], Env: ['HOME=/tmp', 'NAME=value'] })
  expect(asked.User).toBe(`${process.getuid!()}:${process.getgid!()}`)
  expect(asked.HostConfig).toMatchObject({
    Binds: ['/store:/store', '/base:/base:ro'],
    ReadonlyRootfs: true,
    NetworkMode: 'none',
    CapDrop: ['ALL'],
  })
  expect(asked.HostConfig).not.toHaveProperty('DeviceRequests')
})

test('GPUs are asked of the engine by device request, memory by its limit', () => {
  const asked = jobOptions({ ...options, gpus: 'all', memoryBytes: 1 << 30 }, [], {})
  const gpus = [{ Driver: 'nvidia', Count: -1, Capabilities: [['gpu']] }]
  expect(asked.HostConfig).toMatchObject({ DeviceRequests: gpus, Memory: 1 << 30, MemorySwap: 1 << 30 })
})

const file = { path: 'x', sha256: '0'.repeat(64) }
const aStep = (): StepRequest => ({
  lineage: `run-${randomUUID().slice(0, 8)}`,
  step: 1,
  parent: null,
  batch: file,
  config: file,
  attempt: 0,
})

test('a container that nobody can remove is an outage that says so', async () => {
  const stuck = {
    inspect: async () => ({ Id: 'stuck', State: { Status: 'dead' } }),
    remove: () => Promise.reject(Object.assign(new Error('device or resource busy'), { statusCode: 409 })),
  }
  const taken = () => Promise.reject(Object.assign(new Error('the name is in use'), { statusCode: 409 }))
  const engineOfIt = { getContainer: () => stuck, createContainer: taken } as unknown as Docker
  const message = expect.stringMatching(/can be neither started nor removed: docker rm -f agent0-trainer-\w+$/)
  const outage = { type: 'Trainer.Unavailable', nonRetryable: false, message }
  await expect(new DockerJobs({ ...options, engine: engineOfIt }).start(aStep(), [])).rejects.toMatchObject(outage)
}, 20_000)

describeOn('docker', 'jobs of the trainer', () => {
  const engine = new Docker()
  /** Jobs that run a shell line in place of the trainer. */
  const jobs = async (line: string, more: Partial<DockerJobsOptions> = {}) => {
    const { digest } = (await findSandboxImage())!
    const shell = { image: digest, command: ['sh', '-c', line], readOnly: [], storeFolder: temporaryFolder() }
    return new DockerJobs({ ...options, ...shell, ...more })
  }
  const containersOf = ({ lineage }: StepRequest) =>
    engine.listContainers({ all: true, filters: { label: [`agent0.lineage=${lineage}`] } })

  test('a job that runs is found again with all that it has said, and is one container', async () => {
    const [some, step] = [await jobs('echo said >&2; sleep 2; echo done'), aStep()]
    const first = await some.start(step, [])
    const second = await some.start(step, [])
    expect(await containersOf(step)).toHaveLength(1)
    await first.leave()
    expect(await Promise.all([text(second.stdout), text(second.stderr)])).toEqual(['done\n', 'said\n'])
    expect((await second.ended).how).toBe('ended with exit code 0')
    expect(await containersOf(step)).toEqual([])
  })

  test('attempts at the same moment follow one container, the first time and after its end', async () => {
    const [some, step] = [await jobs('cat /etc/hostname; sleep 1'), aStep()]
    for (const _ of ['the first time', 'after its end']) {
      const attempts = await Promise.all(Array.from({ length: 6 }, () => some.start(step, [])))
      const hosts = await Promise.all(attempts.map(({ stdout }) => text(stdout)))
      expect(new Set(hosts).size).toBe(1)
      await Promise.all(attempts.map(({ ended }) => ended))
      expect(await containersOf(step)).toEqual([])
    }
  }, 30_000)

  test('a job that is ended leaves no container', async () => {
    const [some, step] = [await jobs('sleep 60'), aStep()]
    const job = await some.start(step, [])
    await job.end()
    await job.ended
    expect(await containersOf(step)).toEqual([])
  })

  test('a job that needs more memory than its limit says so', async () => {
    const hungry = `python3 -c 'x = bytearray(1 << 30); print(len(x))'`
    const job = await (await jobs(hungry, { memoryBytes: 64 << 20 })).start(aStep(), [])
    expect(await job.ended).toMatchObject({ outOfMemory: true })
  })

  test('the reaper removes jobs of owners that are gone, ended or never begun, and no others', async () => {
    const { digest } = (await findSandboxImage())!
    const step = aStep()
    const gone = writeOwner({ ...thisOwner(), boot: 'an-earlier-one' })
    const make = async (owner: string, line: string) => {
      const labels = { 'agent0.trainer': 'step', 'agent0.owner': owner, 'agent0.lineage': step.lineage }
      const container = await engine.createContainer({ Image: digest, Cmd: ['sh', '-c', line], Labels: labels })
      if (line !== '') await container.start()
      return container
    }
    await (await make(gone, 'true')).wait()
    await make(gone, '')
    const [running, ours] = [await make(gone, 'sleep 60'), await make(writeOwner(thisOwner()), 'true')]
    await ours.wait()
    await (await jobs('true')).reap()
    expect((await containersOf(step)).map(({ Id }) => Id).toSorted()).toEqual([running.id, ours.id].toSorted())
    await Promise.all([running, ours].map((container) => container.remove({ force: true })))
  })

  test('an engine that does not answer is an outage', async () => {
    const nowhere = new DockerJobs({ ...options, engine: new Docker({ socketPath: '/nowhere.sock' }) })
    const outage = { type: 'Trainer.Unavailable', nonRetryable: false }
    await expect(nowhere.start(aStep(), [])).rejects.toMatchObject(outage)
    await expect(nowhere.reap()).rejects.toMatchObject(outage)
  })
})

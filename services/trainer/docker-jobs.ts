import Docker from 'dockerode'
import { createHash } from 'node:crypto'
import { PassThrough, type Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { EngineStream } from '../../host/engine-stream.ts'
import { ownerIsGone, thisOwner, writeOwner } from '../../host/owner.ts'
import { engineFailure, engineStatus, failure } from '../failure.ts'
import type { StepRequest } from '../../contracts/ports/trainer.ts'
import type { Job } from './one-shot-trainer.ts'

const OWNER_LABEL = 'agent0.owner'
const JOB_LABEL = 'agent0.trainer'
const LINEAGE_LABEL = 'agent0.lineage'
/** How often, and how far apart in milliseconds, to look whether other attempts are gone. */
const LOOKS_MAX = 100
const LOOK_MS = 50

export interface DockerJobsOptions {
  engine?: Docker
  /** Tag or digest of an image that has, or is given by `readOnly`, what the command needs. */
  image: string
  /** Program, then arguments up to the step's own. */
  command: readonly string[]
  /** Mounted at the same place, writable. */
  storeFolder: string
  /** Folders mounted at the same places, read-only. */
  readOnly: readonly string[]
  /** The job's whole environment. */
  environment: Readonly<Record<string, string>>
  /** Which GPUs a job sees. */
  gpus: 'none' | 'all'
  /** Memory of a job, bytes. */
  memoryBytes?: number
}

/** What the engine is asked for. The job writes as we do, into the store and nowhere else. */
export function jobOptions(options: DockerJobsOptions, args: readonly string[], labels: Record<string, string>) {
  const { image, command, storeFolder, readOnly, environment, gpus, memoryBytes } = options
  return {
    Image: image,
    Cmd: [...command, ...args],
    Env: Object.entries({ HOME: '/tmp', ...environment }).map(([name, value]) => `${name}=${value}`),
    User: `${process.getuid!()}:${process.getgid!()}`,
    WorkingDir: '/tmp',
    Labels: labels,
    NetworkDisabled: true,
    Tty: false,
    HostConfig: {
      Binds: [`${storeFolder}:${storeFolder}`, ...readOnly.map((folder) => `${folder}:${folder}:ro`)],
      // The kernel keeps fatal signals from a first process; the trainer is to die of them here as elsewhere.
      Init: true,
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': 'mode=1777' },
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ...(gpus === 'all' && { DeviceRequests: [{ Driver: 'nvidia', Count: -1, Capabilities: [['gpu']] }] }),
      ...(memoryBytes !== undefined && { Memory: memoryBytes, MemorySwap: memoryBytes }),
    },
  }
}

const FAILURES = { unreachable: 'Trainer.Unavailable', refused: 'Trainer.Unavailable' } as const

/** For an answer of the engine that is not a failure. */
function nullOn(status: number): (error: unknown) => null {
  return (error) => {
    if (engineStatus(error) === status) return null
    throw error
  }
}

/** False where it is gone or about to be: another attempt has followed it to its end. 304: somebody else has started it. */
async function isStarted(container: Docker.Container): Promise<boolean> {
  try {
    await container.start()
    return true
  } catch (error) {
    const status = engineStatus(error)
    if (status !== 304 && status !== 404 && status !== 409) throw error
    return status === 304
  }
}

/** Steps as containers of a Docker engine. A worker that dies leaves its step running, and the next one finds it by its name. */
export class DockerJobs {
  readonly #engine: Docker
  readonly #options: DockerJobsOptions

  constructor(options: DockerJobsOptions) {
    this.#engine = options.engine ?? new Docker()
    this.#options = options
  }

  async start(request: StepRequest, args: readonly string[]): Promise<Job> {
    const { lineage, step, parent, batch, config } = request
    const identity = [this.#options.storeFolder, lineage, step, parent, batch.sha256, config.sha256]
    const name = `agent0-trainer-${createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 16)}`
    const labels = { [JOB_LABEL]: 'step', [OWNER_LABEL]: writeOwner(thisOwner()), [LINEAGE_LABEL]: lineage }
    try {
      return await this.#follow(await this.#findOrStart(name, jobOptions(this.#options, args, labels)))
    } catch (error) {
      throw engineFailure(error, FAILURES)
    }
  }

  /** The one container of that name, which other attempts look for, start and remove at the same time. */
  async #findOrStart(name: string, options: ReturnType<typeof jobOptions>): Promise<Docker.Container> {
    for (let looks = 1; looks <= LOOKS_MAX; looks++) {
      const container = (await this.#find(name)) ?? (await this.#create(name, options))
      if (container !== null && (await isStarted(container))) return container
      await sleep(LOOK_MS)
    }
    throw failure(
      'Trainer.Unavailable',
      `the container ${name} can be neither started nor removed: docker rm -f ${name}`,
    )
  }

  /** By its id, since a new container may have taken the name. */
  async #find(name: string): Promise<Docker.Container | null> {
    const state = await this.#engine.getContainer(name).inspect().catch(nullOn(404))
    if (state === null) return null
    const found = this.#engine.getContainer(state.Id)
    if (state.State.Status === 'running' || state.State.Status === 'created') return found
    await remove(found)
    return null
  }

  /** Null where another was faster. */
  #create(name: string, options: ReturnType<typeof jobOptions>): Promise<Docker.Container | null> {
    return this.#engine.createContainer({ ...options, name }).catch(nullOn(409))
  }

  async #follow(container: Docker.Container): Promise<Job> {
    const left = new AbortController()
    const waited = container.wait({ abortSignal: left.signal }) as Promise<{ StatusCode: number }>
    // From its beginning: of a job that was found running too.
    const stream = (await container.logs({ follow: true, stdout: true, stderr: true })) as Readable
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const frames = new EngineStream({
      stdout: (bytes) => void stdout.write(bytes),
      stderr: (bytes) => void stderr.write(bytes),
    })
    stream.on('data', (chunk: Buffer) => frames.push(chunk))
    const allSaid = new Promise<void>((resolve) => {
      for (const event of ['end', 'close', 'error']) stream.on(event, () => resolve())
    }).then(() => {
      stdout.end()
      stderr.end()
    })
    const ended = waited.then(
      async ({ StatusCode }) => {
        const state = await container.inspect().catch(() => undefined)
        await allSaid
        await remove(container)
        return { how: `ended with exit code ${StatusCode}`, outOfMemory: state?.State.OOMKilled ?? false }
      },
      // Removed by another who followed it, or the engine went away: what was said decides.
      async (error: unknown) => {
        stream.destroy()
        await allSaid
        return { how: `was lost: ${(error as Error).message}`, outOfMemory: false }
      },
    )
    const leave = async () => left.abort()
    return { stdout, stderr, ended, end: () => remove(container), leave }
  }

  /** Removes what owners that are gone have left, ended or never started. A running job ends by itself, and may be found before. */
  async reap(): Promise<number> {
    try {
      const filters = { label: [`${JOB_LABEL}=step`], status: ['created', 'exited', 'dead'] }
      const found = await this.#engine.listContainers({ all: true, filters })
      const orphans = found.filter(({ Labels }) => ownerIsGone(Labels[OWNER_LABEL] ?? ''))
      await Promise.all(orphans.map(({ Id }) => remove(this.#engine.getContainer(Id))))
      return orphans.length
    } catch (error) {
      throw engineFailure(error, FAILURES)
    }
  }
}

/** What the engine cannot remove now because it is gone, the reaper finds when it is back. */
async function remove(container: Docker.Container): Promise<void> {
  await container.remove({ force: true, v: true }).catch(() => undefined)
}

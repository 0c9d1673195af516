import { execa } from 'execa'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NO_FILE, storeFolder } from '../../host/machine.ts'
import { ROOT } from '../../host/paths.mjs'
import { isAlive, type ProcessIdentity } from '../../host/process-identity.ts'
import { ownSecret } from '../../host/secrets.ts'
import { readReport, statePaths, type SupervisorReport } from '../../infra/supervisor/state-file.ts'
import { type RunClient, withRuns, workflowIdOf } from '../../services/temporal/run-client.ts'
import type { RunStatus } from '../../contracts/run-status.ts'
import { eventually } from './eventually.ts'
import { mountDisk, unmountDisk } from './small-disk.ts'

// No Jest in this folder but in its *.test.ts: `npm run chaos` is a plain program on the same parts.

export const CONFIG = join(ROOT, 'configs', 'chaos.yaml')
/** The name of every chaos run: seeds are derived from it, so runs that are to be equal share it. */
export const RUN = 'chaos'

/** Temporal, its page, its metrics, model server, trainer, and four workers. */
const PORT_OPTIONS = ['temporal', 'ui', 'metrics', 'model', 'trainer', 'worker']
const PORTS = PORT_OPTIONS.length + 3
/** Below what kernels give to outgoing connections. */
const PORTS_FROM = 18_000
const PORTS_TO = 32_000
const FINISH_WITHIN_MS = 900_000
const LOOK_MS = 1_000

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** The first of so many TCP ports in a row on which nobody listens. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = PORTS_FROM + Math.floor(Math.random() * (PORTS_TO - PORTS_FROM - count))
    const free = await Promise.all(Array.from({ length: count }, (_, offset) => isFree(first + offset)))
    if (free.every(Boolean)) return first
  }
}

/** What a run of this folder runs on. */
export interface RunSetting {
  /** configs/chaos.yaml unless given. */
  config?: string | undefined
  /** The file of a machine config; the defaults unless given. */
  machine?: string | undefined
  /** A disk of its own for the store, of so many MiB. */
  disk?: number | undefined
}

/** A run, of configs/chaos.yaml unless another is named, on services of its own: another state folder, other ports, another folder for temporary files. */
export class OwnRun {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'agent0-chaos-')))
  readonly stateFolder = join(this.folder, 'state')
  readonly storeFolder = storeFolder(this.stateFolder)
  /** What the services' processes take for the machine's folder of temporary files. */
  readonly temporaryFolder = join(this.folder, 'tmp')
  /** Where the model server and the trainer are told of faults, and the former says what it was asked to sample. */
  readonly faultsFolder = join(this.folder, 'faults')
  /** What `agent0 up` has printed. */
  upSaid = ''
  readonly #config: string
  readonly #machine: string
  readonly #firstPort: number

  private constructor(config: string, machine: string, firstPort: number) {
    this.#config = config
    this.#machine = machine
    this.#firstPort = firstPort
    mkdirSync(this.temporaryFolder)
    mkdirSync(this.faultsFolder)
  }

  /** Services that run, and a run that has begun. */
  static async begin({ config = CONFIG, machine = NO_FILE, disk }: RunSetting = {}): Promise<OwnRun> {
    const run = new OwnRun(config, machine, await freePorts(PORTS))
    try {
      if (disk !== undefined) mountDisk(run.storeFolder, disk)
      await run.up()
      await run.start()
      return run
    } catch (error) {
      await run.end()
      throw error
    }
  }

  #port(option: string): number {
    return this.#firstPort + PORT_OPTIONS.indexOf(option)
  }

  url(service: 'model' | 'trainer'): string {
    return `http://127.0.0.1:${this.#port(service)}`
  }

  /** `agent0` as a person types it: file, arguments and environment. */
  commandOf(...args: string[]): [string, string[], { env: NodeJS.ProcessEnv }] {
    const env = {
      ...process.env,
      AGENT0_STATE: this.stateFolder,
      AGENT0_FAULTS: this.faultsFolder,
      TMPDIR: this.temporaryFolder,
      AGENT0_MACHINE: this.#machine,
      TEMPORAL_ADDRESS: '',
    }
    return [process.execPath, [join(ROOT, 'cli', 'agent0.mjs'), ...args], { env }]
  }

  /** Runs `agent0`; what it says. */
  async agent0(...args: string[]): Promise<string> {
    return (await execa(...this.commandOf(...args))).stdout
  }

  async up(): Promise<void> {
    const ports = PORT_OPTIONS.map((option) => `--${option}-port=${this.#port(option)}`)
    this.upSaid = await this.agent0('up', '--config', this.#config, ...ports)
  }

  /** Begins the run, or goes on with it. */
  start(): Promise<unknown> {
    return this.agent0('start', this.#config, '--run-id', RUN)
  }

  down(): Promise<unknown> {
    return this.agent0('down')
  }

  /** Ends what still runs, and removes everything. */
  async end(): Promise<void> {
    await this.down()
    unmountDisk(this.storeFolder)
    rmSync(this.folder, { recursive: true, force: true })
  }

  report(): SupervisorReport {
    return readReport(this.stateFolder)!
  }

  /** A living service's process. */
  process(service: string): ProcessIdentity {
    const found =
      service === 'supervisor'
        ? this.report().supervisor
        : this.report().services.find(({ name }) => name === service)?.process
    if (found === undefined || !isAlive(found)) throw new NoProcess(`${service} has no process`)
    return found
  }

  isHealthy(): boolean {
    const { supervisor, services } = this.report()
    return (
      isAlive(supervisor) &&
      services.every(({ state, process: life }) => state === 'healthy' && life !== undefined && isAlive(life))
    )
  }

  log(service: string): string {
    try {
      return readFileSync(statePaths(this.stateFolder).log(service), 'utf8')
    } catch {
      return ''
    }
  }

  /** Has the embedded server fail: docs/operations/serving.md. */
  async fault(kind: 'misscore' | 'busy' | 'garbage' | 'hang', count: number): Promise<void> {
    const body = JSON.stringify({ kind, count })
    const { status } = await fetch(`${this.url('model')}/faults`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...this.tokenOf('model') },
    })
    if (status !== 200) throw new Error(`the model server answers ${status} to a fault`)
  }

  /** What a request to a service that `up` started must bring. */
  tokenOf(service: 'model' | 'trainer'): { authorization: string } {
    const name = service === 'model' ? 'AGENT0_MODEL_API_KEY' : 'AGENT0_TRAINER_TOKEN'
    return { authorization: `Bearer ${ownSecret(this.stateFolder, name)}` }
  }

  get temporalAddress(): string {
    return `127.0.0.1:${this.#port('temporal')}`
  }

  withRuns<T>(use: (runs: RunClient) => Promise<T>): Promise<T> {
    return withRuns({ address: this.temporalAddress, namespace: 'default' }, use)
  }

  /** Where the run stands; null while nobody answers. */
  status(): Promise<RunStatus | null> {
    return this.withRuns(statusOf).catch(() => null)
  }

  async #hasFinished(): Promise<boolean> {
    try {
      return await this.withRuns(async (runs) => {
        const entry = await runs.find(RUN)
        if (entry?.ending != null && entry.ending.kind !== 'finished')
          throw new RunBroke(`the run ended: ${JSON.stringify(entry.ending)}`)
        const status = entry?.ending === null ? await statusOf(runs) : null
        if (status?.halted != null) throw new RunBroke(`the run halted: ${status.halted.reason}`)
        return entry?.ending?.kind === 'finished'
      })
    } catch (error) {
      if (error instanceof RunBroke) throw error
      return false // the server is away: that is what this is about
    }
  }

  /** Waits until the run has finished by itself. Throws if it ends or halts otherwise. */
  finish(withinMs = FINISH_WITHIN_MS): Promise<void> {
    return eventually('the run finishes', () => this.#hasFinished(), { withinMs, everyMs: LOOK_MS })
  }
}

const statusOf = (runs: RunClient) => runs.status<RunStatus>(workflowIdOf(RUN))

class RunBroke extends Error {}

/** A service that is being started again has none to kill. */
export class NoProcess extends Error {}

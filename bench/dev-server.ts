import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MachineConfig } from '../contracts/machine-config.ts'
import { findTemporalCli } from '../infra/setup/steps/temporal-cli.mjs'
import { temporalService } from '../infra/supervisor/temporal-service.ts'

const STARTS_WITHIN_MS = 60_000

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Starts a process that dies with this one. */
export function startChild(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', file, ...args], options)
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

export interface DevServer {
  address: string
  /** An empty folder beside its database. */
  folder: string
}

/** Runs `work` with a Temporal server as `agent0 up` starts it: same flags, a new database file in a temporary folder. */
export async function withDevServer<T>(work: (server: DevServer) => Promise<T>): Promise<T> {
  const temporalCli = await findTemporalCli()
  if (temporalCli === undefined) throw new Error('there is no Temporal server on this machine: run "npm run setup"')
  const folder = await mkdtemp(join(tmpdir(), 'agent0-bench-'))
  const [temporalPort, uiPort, metricsPort] = await Promise.all([freePort(), freePort(), freePort()])
  const ports = { temporal: temporalPort, ui: uiPort, metrics: metricsPort }
  const service = temporalService({ stateFolder: folder, machine: MachineConfig.parse({ ports }), temporalCli })
  const { file, args } = service.command!
  const child = startChild(file, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const until = Date.now() + STARTS_WITHIN_MS
  try {
    for (;;) {
      const problem = await service.checkHealth().then(
        () => null,
        (error: unknown) => error,
      )
      if (problem === null) break
      if (Date.now() > until || child.exitCode !== null) throw problem
      await sleep(200)
    }
    await service.prepare?.()
    return await work({ address: `127.0.0.1:${temporalPort}`, folder })
  } finally {
    await stopChild(child)
    await rm(folder, { recursive: true, force: true })
  }
}

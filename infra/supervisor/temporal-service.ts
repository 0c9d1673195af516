import { join } from 'node:path'
import { checkServer } from '../temporal/check-server.ts'
import { prepareNamespace } from '../temporal/prepare-namespace.ts'
import type { Service } from './service.ts'

export interface TemporalOptions {
  stateFolder: string
  temporalPort: number
  uiPort: number
  metricsPort: number
  /** A Temporal server that somebody else runs: ours is not started. */
  temporalAddress?: string
  /** The binary of our own server, and its version, which names the database file. */
  temporalCli?: { path: string; version: string }
}

export const NAMESPACE = 'default'

/** SQLite pragmas and server settings, measured or reasoned in docs/decisions/2026-11-24-temporal-dev-server.md. */
const SERVER_FLAGS = [
  '--sqlite-pragma=journal_mode=WAL',
  '--sqlite-pragma=synchronous=NORMAL',
  '--dynamic-config-value=matching.numTaskqueueReadPartitions=1',
  '--dynamic-config-value=matching.numTaskqueueWritePartitions=1',
  '--dynamic-config-value=system.enableActivityEagerExecution=true',
  '--dynamic-config-value=frontend.WorkflowPauseEnabled=true',
  // It reads its queues when something new is in them, but 20 times a second at most: without these each hop waits for up to 50 ms.
  '--dynamic-config-value=history.transferProcessorMaxPollRPS=1000',
  '--dynamic-config-value=history.timerProcessorMaxPollRPS=1000',
  '--dynamic-config-value=history.visibilityProcessorMaxPollRPS=1000',
  '--ui-disable-news-fetch',
  '--log-level=warn',
  '--log-format=json',
]

/** A Temporal server of our own, or the one that somebody else runs. */
export function temporalService(options: TemporalOptions): Service {
  if (options.temporalAddress !== undefined) {
    const address = options.temporalAddress
    return {
      name: 'temporal',
      address,
      after: [],
      ports: [],
      checkHealth: () => checkServer(address),
      prepare: () => prepareNamespace(address, NAMESPACE, { ownServer: false }),
    }
  }
  // Without a binary the table still tells the ports, for `doctor`; `up` refuses before it comes here.
  const { path, version } = options.temporalCli ?? { path: 'temporal', version: 'none' }
  const address = `127.0.0.1:${options.temporalPort}`
  // The server makes its schema only in a new file and never migrates it: another version, another file.
  const database = join(options.stateFolder, `temporal-${version}.sqlite`)
  const ports = [
    { port: options.temporalPort, flag: '--port', option: '--temporal-port' },
    { port: options.uiPort, flag: '--ui-port', option: '--ui-port' },
    { port: options.metricsPort, flag: '--metrics-port', option: '--metrics-port' },
  ]
  const portFlags = ports.map(({ flag, port }) => `${flag}=${port}`)
  return {
    name: 'temporal',
    address: `${address}, UI http://127.0.0.1:${options.uiPort}`,
    after: [],
    ports,
    command: {
      file: path,
      args: ['server', 'start-dev', '--ip=127.0.0.1', ...portFlags, `--db-filename=${database}`, ...SERVER_FLAGS],
    },
    checkHealth: () => checkServer(address),
    prepare: () => prepareNamespace(address, NAMESPACE, { ownServer: true }),
  }
}

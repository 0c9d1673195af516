import { join } from 'node:path'
import { checkServer } from '../../services/temporal/check-server.ts'
import { prepareNamespace } from '../../services/temporal/prepare-namespace.ts'
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

/** Dynamic settings of the server; they and its flags are measured or reasoned in docs/decisions/2026-11-24-temporal-dev-server.md. */
export const SERVER_SETTINGS = {
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  'frontend.WorkflowPauseEnabled': true,
  // It reads its queues when something new is in them, but 20 times a second at most: so each hop would wait for up to 50 ms.
  'history.transferProcessorMaxPollRPS': 1_000,
  'history.timerProcessorMaxPollRPS': 1_000,
  'history.visibilityProcessorMaxPollRPS': 1_000,
}

/** As flags of `temporal server start-dev`. */
export function settingFlags(settings: Readonly<Record<string, number | boolean>>): string[] {
  return Object.entries(settings).map(([key, value]) => `--dynamic-config-value=${key}=${value}`)
}

const SERVER_FLAGS = [
  '--sqlite-pragma=journal_mode=WAL',
  '--sqlite-pragma=synchronous=NORMAL',
  ...settingFlags(SERVER_SETTINGS),
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

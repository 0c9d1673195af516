import { join } from 'node:path'
import { checkServer } from '../../services/temporal/check-server.ts'
import { prepareNamespace } from '../../services/temporal/prepare-namespace.ts'
import { type MachineConfig, temporalAddressOf } from '../../contracts/machine-config.ts'
import type { Service } from './service.ts'

/** The binary of our own server, and its version, which names the database file. */
export interface TemporalCli {
  path: string
  version: string
}

export interface TemporalOptions {
  stateFolder: string
  machine: MachineConfig
  temporalCli?: TemporalCli
}

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

/** The ports of our own server. */
export function temporalPorts({ ports }: MachineConfig) {
  const { temporal, ui, metrics } = ports
  return {
    temporal,
    // It asks nobody who they are, and answers to any Host: a web page could rebind a name to it and steer the server.
    ui: ui === 'auto' ? temporal + 1_000 : ui,
    metrics: metrics === 'auto' ? temporal + 2_000 : metrics,
  }
}

/** A Temporal server of our own, or the one that somebody else runs. */
export function temporalService({ stateFolder, machine, temporalCli }: TemporalOptions): Service {
  const address = temporalAddressOf(machine)
  const { namespace } = machine.temporal
  const isOwn = machine.temporal.address === 'own'
  const watched = {
    name: 'temporal',
    after: [],
    checkHealth: () => checkServer(address),
    prepare: () => prepareNamespace(address, namespace, { ownServer: isOwn }),
  }
  if (!isOwn) return { ...watched, address, ports: [] }
  // Without a binary the table still has the ports, for `doctor`; `up` refuses before it comes here.
  const { path, version } = temporalCli ?? { path: 'temporal', version: 'none' }
  // The server makes its schema only in a new file and never migrates it: another version, another file.
  const database = join(stateFolder, `temporal-${version}.sqlite`)
  const { temporal, ui, metrics } = temporalPorts(machine)
  const ports = [
    { port: temporal, flag: '--port', option: '--temporal-port' },
    ...(ui === 'none' ? [] : [{ port: ui, flag: '--ui-port', option: '--ui-port' }]),
    { port: metrics, flag: '--metrics-port', option: '--metrics-port' },
  ]
  const portFlags = [...ports.map(({ flag, port }) => `${flag}=${port}`), ...(ui === 'none' ? ['--headless'] : [])]
  return {
    ...watched,
    address: ui === 'none' ? address : `${address}, UI http://127.0.0.1:${ui}`,
    ports,
    command: {
      file: path,
      args: ['server', 'start-dev', '--ip=127.0.0.1', ...portFlags, `--db-filename=${database}`, ...SERVER_FLAGS],
    },
  }
}

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, type ProcessIdentity } from '../../host/process-identity.ts'
import type { ServiceState } from './service.ts'

/** What the supervisor tells the world about one service, written at every change. */
export interface ServiceReport {
  name: string
  state: ServiceState
  address: string
  /** Absent while no process of ours runs it. */
  process?: ProcessIdentity
  /** The next life of a service that keeps one ready. */
  spare?: ProcessIdentity
  /** Start of the present process, ISO 8601. */
  startedAt?: string
  /** Times it was started again after it had ended or hung. */
  restarts: number
  /** Why it is not healthy, if it is not. */
  reason?: string
}

/** The supervisor and its services: the content of `services.json` in the state folder. */
export interface SupervisorReport {
  supervisor: ProcessIdentity
  services: ServiceReport[]
}

/** Paths in the state folder of one set of services (`.agent0/` in the checkout unless told otherwise). */
export function statePaths(stateFolder: string) {
  return {
    report: join(stateFolder, 'services.json'),
    lock: (name: string) => join(stateFolder, `${name}.lock`),
    log: (name: string) => join(stateFolder, 'logs', `${name}.log`),
    logs: join(stateFolder, 'logs'),
  }
}

/** Readers see the old report or the new one, never half of one. */
export function writeReport(stateFolder: string, report: SupervisorReport): void {
  const { report: file } = statePaths(stateFolder)
  mkdirSync(stateFolder, { recursive: true })
  writeFileSync(`${file}.new`, `${JSON.stringify(report, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}

export function readReport(stateFolder: string): SupervisorReport | undefined {
  try {
    return JSON.parse(readFileSync(statePaths(stateFolder).report, 'utf8')) as SupervisorReport
  } catch {
    return undefined
  }
}

/** The processes that services of a report have, or had. */
export function processesOf({ services }: SupervisorReport): ProcessIdentity[] {
  return services.flatMap(({ process, spare }) => [process, spare]).filter((one) => one !== undefined)
}

/** The report of a supervisor that lives; undefined if there is none. */
export function liveReport(stateFolder: string): SupervisorReport | undefined {
  const report = readReport(stateFolder)
  return report !== undefined && isAlive(report.supervisor) ? report : undefined
}

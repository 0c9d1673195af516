import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { isAlive, type ProcessIdentity } from '../../host/process-identity.ts'
import { SERVICE_STATES } from './service.ts'

const Identity = z.object({
  // 0 and 1 are nobody that we have started.
  pid: z.int().min(2),
  startTicks: z.int().min(0),
  world: z.string(),
  mark: z.string().exactOptional(),
})

/** What the supervisor tells the world about one service, written at every change. */
const ServiceReport = z.object({
  name: z.string(),
  state: z.enum(SERVICE_STATES),
  address: z.string(),
  /** Absent while no process of ours runs it. */
  process: Identity.exactOptional(),
  /** The next life of a service that keeps one ready. */
  spare: Identity.exactOptional(),
  /** Start of the present process, ISO 8601. */
  startedAt: z.iso.datetime().exactOptional(),
  /** Times it was started again after it had ended or hung. */
  restarts: z.int().min(0),
  /** Why it is not healthy, if it is not. */
  reason: z.string().exactOptional(),
})
export type ServiceReport = z.output<typeof ServiceReport>

/** The supervisor and its services: the content of `services.json` in the state folder. */
const SupervisorReport = z.object({ supervisor: Identity, services: z.array(ServiceReport) })
export type SupervisorReport = z.output<typeof SupervisorReport>

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

/** The report; undefined where there is none, or none that this version can read (see `reportProblem`). */
export function readReport(stateFolder: string): SupervisorReport | undefined {
  const text = textOf(statePaths(stateFolder).report)
  return text === undefined ? undefined : parsed(text)
}

/** What is wrong with the report, in a sentence; undefined where it can be read, or is not there. */
export function reportProblem(stateFolder: string): string | undefined {
  const { report } = statePaths(stateFolder)
  const text = textOf(report)
  if (text === undefined || parsed(text) !== undefined) return undefined
  return `${report} does not say which services run: a supervisor that lives writes it anew at its next change. Where none does, delete it.`
}

/** Undefined where there is no such file. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : ''
  }
}

function parsed(text: string): SupervisorReport | undefined {
  try {
    return SupervisorReport.safeParse(JSON.parse(text)).data
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

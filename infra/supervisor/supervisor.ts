import { mkdirSync } from 'node:fs'
import { createStream, type RotatingFileStream } from 'rotating-file-stream'
import { identify } from '../../host/process-identity.ts'
import type { Service } from './service.ts'
import { type ServiceReport, statePaths, writeReport } from './state-file.ts'
import { defaultTimes, SupervisedService, type SupervisionTimes } from './supervised-service.ts'

const LOG_SIZE = '10M'
const LOGS_KEPT = 5

export interface Supervisor {
  /** Ends all services, the ones that depend on others first. */
  stop: () => Promise<void>
}

function openLog(folder: string, name: string): RotatingFileStream {
  const numbered = (index: Date | number | null) => (index === null ? `${name}.log` : `${name}.${String(index)}.log`)
  const stream = createStream(numbered, { path: folder, size: LOG_SIZE, rotate: LOGS_KEPT })
  // A full disk costs log lines, not services.
  stream.on('error', () => {})
  return stream
}

/**
 * Starts the services of a table in dependency order and keeps them running. The report in the state folder is always
 * the present truth; `tell` gets a line for each change.
 */
export function supervise(
  table: readonly Service[],
  stateFolder: string,
  tell: (line: string) => void,
  times: SupervisionTimes = defaultTimes,
): Supervisor {
  const paths = statePaths(stateFolder)
  mkdirSync(paths.logs, { recursive: true })
  const ourselves = identify(process.pid)!
  const services = new Map<string, SupervisedService>()
  const logs: RotatingFileStream[] = []
  const publish = () =>
    writeReport(stateFolder, { supervisor: ourselves, services: [...services.values()].map((one) => one.report) })
  const onChange = ({ name, state, reason }: ServiceReport) => {
    tell(`${name}: ${state}${reason === undefined ? '' : ` (${reason})`}`)
    publish()
  }
  for (const service of table) {
    const log = openLog(paths.logs, service.name)
    logs.push(log)
    services.set(
      service.name,
      new SupervisedService(service, { lockFile: paths.lock(service.name), log, onChange, times }),
    )
  }
  publish()
  let stopping = false
  for (const one of services.values()) {
    const needed = one.service.after.map((name) => services.get(name)!.firstHealthy)
    void Promise.all(needed).then(() => stopping || one.start())
  }
  return {
    stop: async () => {
      stopping = true
      const left = new Set(services.keys())
      const isNeeded = (name: string) => [...left].some((other) => services.get(other)!.service.after.includes(name))
      while (left.size > 0) {
        const free = [...left].filter((name) => !isNeeded(name))
        await Promise.all(free.map((name) => services.get(name)!.stop()))
        for (const name of free) left.delete(name)
      }
      await Promise.all(logs.map((log) => new Promise((resolve) => log.end(resolve))))
    },
  }
}

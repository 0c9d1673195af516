import { acquireLock } from '../../host/lock.mjs'
import { endProcess, isAlive } from '../../host/process-identity.ts'
import { processesOf, readReport, statePaths } from './state-file.ts'

const SUPERVISOR_GRACE_MS = 45_000
const SERVICE_GRACE_MS = 5_000

async function downAlone(stateFolder: string): Promise<string[]> {
  const before = readReport(stateFolder)
  if (before === undefined) return []
  const parts = [
    { name: 'supervisor', process: before.supervisor },
    ...before.services.flatMap(({ name, process }) => (process === undefined ? [] : [{ name, process }])),
  ]
  const ended = parts.filter((part) => isAlive(part.process)).map(({ name }) => name)
  await endProcess(before.supervisor, SUPERVISOR_GRACE_MS)
  // What the supervisor started while it was being ended, and what a killed one has left.
  const left = [before, readReport(stateFolder) ?? before].flatMap(processesOf)
  await Promise.all(left.map((one) => endProcess(one, SERVICE_GRACE_MS)))
  return ended
}

/**
 * Ends the supervisor, which ends its services; then what a killed supervisor may have left. Waits for an `up` that is
 * at it. Gives the names of what was alive when asked, empty if nothing was.
 */
export async function down(stateFolder: string): Promise<string[]> {
  const release = await acquireLock(statePaths(stateFolder).lock('up'))
  try {
    return await downAlone(stateFolder)
  } finally {
    release()
  }
}

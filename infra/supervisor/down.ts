import { endProcess } from './process-identity.ts'
import { readReport } from './state-file.ts'

const SUPERVISOR_GRACE_MS = 45_000
const SERVICE_GRACE_MS = 5_000

/**
 * Ends the supervisor, which ends its services; then whatever a killed supervisor may have left. Gives the names of the
 * services that were ended, empty if nothing ran.
 */
export async function down(stateFolder: string): Promise<string[]> {
  const before = readReport(stateFolder)
  if (before === undefined) return []
  await endProcess(before.supervisor, SUPERVISOR_GRACE_MS)
  const after = readReport(stateFolder) ?? before
  const left = [...before.services, ...after.services].flatMap((service) => service.process ?? [])
  await Promise.all(left.map((identity) => endProcess(identity, SERVICE_GRACE_MS)))
  return before.services.filter((service) => service.process !== undefined).map((service) => service.name)
}

import type { Alert, AlertEntry, Cause } from '../../contracts/alert.ts'
import type { Finding } from './find-causes.ts'

/** Number of cleared alerts that are still shown. */
const CLEARED_SHOWN = 3

type Change = Pick<AlertEntry, 'change' | 'cause'>

const isAbout = (left: Cause, right: Cause) => left.kind === right.kind && left.subject === right.subject

/** The alerts of a run after one more entry of its list, oldest first. */
export function afterEntry(alerts: readonly Alert[], { change, cause, at }: AlertEntry): Alert[] {
  if (change === 'raised') return [...alerts, { ...cause, raisedAt: at, clearedAt: null }]
  return alerts.map((alert) =>
    alert.clearedAt === null && isAbout(alert, cause) ? { ...alert, clearedAt: at } : alert,
  )
}

/** The changes that findings cause: a bad one raises an alert unless it is open, a good one clears an open alert. Others stay as they are. */
export function changesOf(alerts: readonly Alert[], findings: readonly Finding[]): Change[] {
  return findings.flatMap(({ isBad, cause }): Change[] => {
    const standing = alerts.find((alert) => alert.clearedAt === null && isAbout(alert, cause))
    if (standing === undefined) return isBad ? [{ change: 'raised', cause }] : []
    if (isBad) return []
    const { raisedAt: _raised, clearedAt: _cleared, ...raised } = standing
    return [{ change: 'cleared', cause: raised }]
  })
}

/** The alerts that people see: all open ones, and the last that were cleared; oldest first. */
export function shownAlerts(alerts: readonly Alert[]): Alert[] {
  const cleared = new Set(alerts.filter(({ clearedAt }) => clearedAt !== null).slice(-CLEARED_SHOWN))
  return alerts.filter((alert) => alert.clearedAt === null || cleared.has(alert))
}

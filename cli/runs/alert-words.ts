import type { Alert } from '../../contracts/alert.ts'
import { timeSpan } from '../../core/metrics/time-span.ts'

/** Alerts that were cleared longer ago are not shown. */
const CLEARED_SHOWN_MS = 3_600_000

/** A row of the screen: what is wrong, where, since when, and what to do. Null if the alert was cleared long ago. */
export function alertRow(alert: Alert, at: number): [label: string, text: string] | null {
  const { where, wrong, advice, clearedAt } = alert
  const [raised, cleared] = [Date.parse(alert.raisedAt), clearedAt === null ? null : Date.parse(clearedAt)]
  if (cleared === null) return ['ALERT', `${where}: ${wrong} · since ${timeSpan(at - raised)} · ${advice}`]
  if (at - cleared > CLEARED_SHOWN_MS) return null
  return ['cleared', `${where}: ${wrong} · after ${timeSpan(cleared - raised)}, ${timeSpan(at - cleared)} ago`]
}

/** A line for each alert raised or cleared between two looks. */
export function alertLines(before: readonly Alert[], now: readonly Alert[]): string[] {
  return now.flatMap((alert) => {
    const { where, wrong, advice, raisedAt, clearedAt } = alert
    const known = before.find((one) => one.raisedAt === raisedAt && one.kind === alert.kind && one.where === where)
    if (clearedAt === null) return known === undefined ? [`ALERT ${where}: ${wrong} · ${advice}`] : []
    return known !== undefined && known.clearedAt === null ? [`alert cleared: ${where}: ${wrong}`] : []
  })
}

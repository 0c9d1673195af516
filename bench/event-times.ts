import type { Client } from '@temporalio/client'

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>

/** When a workflow and its activities began and ended by the server's clock, milliseconds, and how many events that took. */
export interface EventTimes {
  began: number
  ended: number
  /** Of activities of the wanted type: when the first one was scheduled, when the last one was over. */
  firstScheduled: number
  lastCompleted: number
  /** Sum of their times from the start of the last attempt to its completion. */
  activityMs: number
  events: number
}

export function eventTimes({ events }: History, activity: string): EventTimes {
  const all = (events ?? []).map((event) => ({
    event,
    at: Number(event.eventTime!.seconds) * 1_000 + event.eventTime!.nanos! / 1e6,
  }))
  const wanted = all.filter(({ event }) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity)
  const ids = new Set(wanted.map(({ event }) => String(event.eventId)))
  const completed = all.filter(({ event }) =>
    ids.has(String(event.activityTaskCompletedEventAttributes?.scheduledEventId)),
  )
  const sum = (of: typeof all) => of.reduce((total, { at }) => total + at, 0)
  const started = all.filter(({ event }) => ids.has(String(event.activityTaskStartedEventAttributes?.scheduledEventId)))
  return {
    began: all[0]!.at,
    ended: all.at(-1)!.at,
    firstScheduled: wanted[0]!.at,
    lastCompleted: completed.at(-1)!.at,
    activityMs: sum(completed) - sum(started),
    events: all.length,
  }
}

import type { PastWorkflow } from '../contracts/past-workflow.ts'

/** When the activities of one type began and ended by the server's clock, milliseconds. */
export interface EventTimes {
  /** When the first one was scheduled, when the last one started (its last attempt), when the last one was over. */
  firstScheduled: number
  lastStarted: number
  lastCompleted: number
  /** Sum of their times from the start of the last attempt to its completion; `before`: what lies before that moment. */
  activityMs: (before?: number) => number
}

export function eventTimes({ activities }: PastWorkflow, type: string): EventTimes {
  const wanted = activities.filter((each) => each.type === type)
  return {
    firstScheduled: Math.min(...wanted.map(({ scheduled }) => scheduled)),
    lastStarted: Math.max(...wanted.map(({ started }) => started)),
    lastCompleted: Math.max(...wanted.map(({ ended }) => ended)),
    activityMs: (before = Infinity) =>
      wanted.reduce((sum, { started, ended }) => sum + Math.min(ended, before) - started, 0),
  }
}

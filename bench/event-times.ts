import type { PastWorkflow } from '../contracts/past-workflow.ts'

/** When the activities of one type began and ended by the server's clock, milliseconds. */
export interface EventTimes {
  /** When the first one was scheduled, when the last one was over. */
  firstScheduled: number
  lastCompleted: number
  /** Sum of their times from the start of the last attempt to its completion. */
  activityMs: number
}

export function eventTimes({ activities }: PastWorkflow, type: string): EventTimes {
  const wanted = activities.filter((each) => each.type === type)
  return {
    firstScheduled: Math.min(...wanted.map(({ scheduled }) => scheduled)),
    lastCompleted: Math.max(...wanted.map(({ ended }) => ended)),
    activityMs: wanted.reduce((sum, { started, ended }) => sum + ended - started, 0),
  }
}

// What the Temporal server's history says about a finished workflow. Times are milliseconds since 1970 by the server's clock. Zod-free.

/** An activity that completed. */
export interface PastActivity {
  type: string
  /** When the workflow asked for it. */
  scheduled: number
  /** When its last attempt started and completed. */
  started: number
  ended: number
  attempts: number
  /** Why the attempt before the last one failed; null if there was only one. The history keeps no others. */
  lastFailure: string | null
}

/** All histories of one workflow, in order, if it continued as new. */
export interface PastWorkflow {
  began: number
  ended: number
  /** Of all histories together. */
  events: number
  /** In the order in which they completed. */
  activities: PastActivity[]
  /** Workflow tasks that timed out: the worker was lost, or too slow. */
  lostDecisions: number
  children: PastWorkflow[]
}

// What the Temporal server's history says of a workflow that is over. Times are milliseconds since 1970, by the server's clock. Zod-free.

/** An activity that completed. */
export interface PastActivity {
  type: string
  /** When the workflow asked for it. */
  scheduled: number
  /** When its last attempt began, and when that completed. */
  started: number
  ended: number
  attempts: number
  /** What the attempt before the last one failed of; null if there was one only. The history keeps no others. */
  lastFailure: string | null
}

/** All histories of one workflow, one behind the other where it continued as new. */
export interface PastWorkflow {
  began: number
  ended: number
  /** Of all histories together. */
  events: number
  /** In the order in which they completed. */
  activities: PastActivity[]
  /** Decisions that no worker gave in time: its worker was lost, or too slow. */
  lostDecisions: number
  children: PastWorkflow[]
}

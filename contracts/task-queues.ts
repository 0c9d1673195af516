/** The Temporal task queues, by the workers that poll them. Zod-free. */
export const taskQueues = {
  /** All workflows. */
  workflow: 'agent0-workflow',
  /** Generation, execution and grading: workers near model servers and sandboxes. */
  rollout: 'agent0-rollout',
  /** Training steps: one worker per trainer. */
  training: 'agent0-training',
  /** Scoring, filtering, store and reports: short work on any machine. */
  bookkeeping: 'agent0-bookkeeping',
} as const

export type TaskQueue = (typeof taskQueues)[keyof typeof taskQueues]

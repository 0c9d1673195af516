// Workflows for tests/workers/failures-arrive.test.ts.
import { ApplicationFailure, proxyActivities, rootCause } from '@temporalio/workflow'

export interface FailingActivities {
  refuse(kind: string): Promise<void>
}

/** Calls an activity that is retried for as long as it takes, and gives the message of the failure that ended it. */
export async function whatFails(kind: string): Promise<string> {
  const { refuse } = proxyActivities<FailingActivities>({ startToCloseTimeout: '20 seconds' })
  try {
    await refuse(kind)
  } catch (error) {
    return rootCause(error) ?? 'no message'
  }
  return 'no failure'
}

/** Ends with a message of some piece of text, over and over: the whole would be too long for an input. */
export async function failsItself(piece: string, times: number): Promise<void> {
  throw ApplicationFailure.nonRetryable(piece.repeat(times))
}

// Workflows with a past that is worth reading.
import { continueAsNew, executeChild, proxyActivities } from '@temporalio/workflow'

const { steady, flaky, silent } = proxyActivities<Record<'steady' | 'flaky' | 'silent', () => Promise<void>>>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '1 second',
  retry: { initialInterval: '100 milliseconds', backoffCoefficient: 1 },
})

/** An activity whose first attempt falls silent, as that of a killed worker does. */
export async function childWithSilence(): Promise<void> {
  await silent()
}

/** Two histories: in each an activity, in the last one also an activity that fails twice, and a child. */
export async function inTwoHistories(isLast: boolean): Promise<void> {
  await steady()
  if (!isLast) return continueAsNew<typeof inTwoHistories>(true)
  await flaky()
  await executeChild(childWithSilence, { args: [] })
}

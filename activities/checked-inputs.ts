import { ApplicationFailure } from '@temporalio/activity'
import { inputProblem } from '../contracts/activity-input.ts'
import type { FailureType } from '../contracts/errors.ts'
import { forTemporal } from '../contracts/text.ts'

const INVARIANT: FailureType = 'Agent0.Invariant'

/** Activities that refuse an input which would have them read or write anything but what is the run's. */
export function withCheckedInputs<T extends Record<string, (input: never) => Promise<unknown>>>(activities: T): T {
  const checked = Object.entries(activities).map(([name, activity]) => [
    name,
    async (input: never): Promise<unknown> => {
      const problem = inputProblem(input)
      if (problem !== undefined) throw ApplicationFailure.nonRetryable(forTemporal(`${name}: ${problem}`), INVARIANT)
      return activity(input)
    },
  ])
  return Object.fromEntries(checked) as T
}

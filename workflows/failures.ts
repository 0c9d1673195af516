import {
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  rootCause,
  TemporalFailure,
} from '@temporalio/workflow'
import type { FailureType } from '../contracts/errors.ts'

/** What a person needs to know about a failure: why, of which type, and in which workflow if it was a child. */
export function failureOf(error: unknown): { reason: string; type: string | undefined; where: string | undefined } {
  let where: string | undefined
  let named: ApplicationFailure | undefined
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof ChildWorkflowFailure) where = at.execution.workflowId ?? where
    // The outermost one says most: `nameFailure` has put the name of the work before it.
    if (at instanceof ApplicationFailure) named ??= at
  }
  return { reason: named?.message ?? rootCause(error) ?? String(error), type: named?.type ?? undefined, where }
}

/** The failure with the name of the work before its reason: a person has to know which of 250 tasks failed. */
export function nameFailure(name: string, error: unknown): unknown {
  // A bug of ours stays one: its workflow task fails until the code is fixed.
  if (!(error instanceof TemporalFailure) || isCancellation(error)) return error
  const { reason, type } = failureOf(error)
  return ApplicationFailure.create({
    message: `${name}: ${reason}`,
    nonRetryable: true,
    cause: error as Error,
    ...(type && { type }),
  })
}

const BAD_CONFIG: FailureType = 'Agent0.BadConfig'

/** What `read` makes of the input of a workflow; a refusal where it throws, since the input never changes. */
export function refusing<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw ApplicationFailure.nonRetryable(`the input of this workflow is not one of ours: ${String(error)}`, BAD_CONFIG)
  }
}

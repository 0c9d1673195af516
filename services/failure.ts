import { ApplicationFailure } from '@temporalio/common'
import { failureTypeIn, failureTypes, type FailureType } from '../contracts/errors.ts'

/** An outage or a refusal, typed where it is born; only refusals are not retried. */
export function failure(type: FailureType, message: string, cause?: unknown): ApplicationFailure {
  const nonRetryable = failureTypes[type].kind === 'refusal'
  return ApplicationFailure.create({ type, message, nonRetryable, ...(cause instanceof Error && { cause }) })
}

/** The type of a failure; undefined for anything else that was thrown. */
export function failureTypeOf(error: unknown): FailureType | undefined {
  return (error instanceof ApplicationFailure ? failureTypeIn(error.type) : null) ?? undefined
}

/** Whether something thrown is a failure of this type. */
export function isFailure(error: unknown, type: FailureType): boolean {
  return error instanceof ApplicationFailure && error.type === type
}

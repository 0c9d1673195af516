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

/** The HTTP status with which a container engine answered; undefined where it did not answer. */
export function engineStatus(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode
}

/**
 * What a container engine's client threw, as a failure: of type `unreachable` where the engine did not answer, of type
 * `refused` where it did. A failure stays as it is.
 */
export function engineFailure(error: unknown, types: { unreachable: FailureType; refused: FailureType }): Error {
  if (error instanceof ApplicationFailure) return error
  const text = error instanceof Error ? error.message : String(error)
  return engineStatus(error) === undefined
    ? failure(types.unreachable, `the container engine does not answer: ${text}`, error)
    : failure(types.refused, `the container engine refused the request: ${text}`, error)
}

import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common'
import { APIConnectionError, APIError, NotFoundError } from 'openai'
import type { FailureType } from '../../contracts/errors.ts'
import { failure } from '../failure.ts'

const DELAY_MIN_MS = 1_000
const DELAY_MAX_MS = 300_000

function typeOf(status: number): FailureType {
  if (status === 401 || status === 403) return 'Llm.Auth'
  // vLLM answers 503 when its queue is full.
  if (status === 429 || status === 503) return 'Llm.RateLimited'
  if (status === 408 || status === 409 || status >= 500) return 'Llm.Unavailable'
  return 'Llm.BadRequest'
}

/** What a server asks for in `retry-after-ms` or `retry-after`, milliseconds; undefined if it asks for nothing. */
function askedDelay(headers: Headers | undefined): number | undefined {
  const ms = Number(headers?.get('retry-after-ms') ?? NaN)
  const asked = Number.isFinite(ms) ? ms : 1_000 * Number(headers?.get('retry-after') ?? NaN)
  return Number.isFinite(asked) ? Math.min(DELAY_MAX_MS, Math.max(DELAY_MIN_MS, asked)) : undefined
}

function messageWithCauses(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause : undefined
  return cause === undefined ? error.message : `${error.message} (${messageWithCauses(cause)})`
}

/**
 * An error of a call to a server, as the failure that the rest of the project knows. What is not an error of the call (a bug of
 * ours, a failure already) comes back as it is.
 * @param server its base URL, for the person who reads it
 */
export function toFailure(error: unknown, server: string): unknown {
  if (error instanceof APIConnectionError)
    return failure('Llm.Unavailable', `${server}: ${messageWithCauses(error)}`, error)
  if (error instanceof APIError && error.status !== undefined) {
    const type = typeOf(error.status as number)
    const message = `${server}: ${error.message}`
    if (type !== 'Llm.RateLimited') return failure(type, message, error)
    const nextRetryDelay = askedDelay(error.headers as Headers | undefined)
    const category = ApplicationFailureCategory.BENIGN
    return ApplicationFailure.create({
      type,
      message,
      category,
      ...(nextRetryDelay !== undefined && { nextRetryDelay }),
    })
  }
  // There was no connection, or it ended within a body (both a TypeError of fetch), or what came is not JSON.
  if (error instanceof SyntaxError || (error instanceof TypeError && error.cause !== undefined))
    return failure('Llm.Unavailable', `${server}: incomplete response: ${messageWithCauses(error)}`, error)
  return error
}

/** Whether a failure is that of a policy, or a folder, that the server does not know. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.cause instanceof NotFoundError
}

/** Whether a failure is a server's answer with this status, and not its silence. */
export function isAnswer(error: unknown, status: number): boolean {
  return error instanceof ApplicationFailure && error.cause instanceof APIError && error.cause.status === status
}

/** Whether a call, or the failure that came of it, met the limit of `AbortSignal.timeout`. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || isTimeout(error.cause))
}

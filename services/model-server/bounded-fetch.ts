import { fetch, Response, type RequestInfo, type RequestInit } from 'undici'
import { AnswerTooLong, readText } from '../../host/read-text.ts'

/**
 * A fetch whose answers are read before they are given: one that is longer than `bytesMax` throws AnswerTooLong, whatever its
 * status. undici's own, as Node's would not take the dispatcher of another version of undici.
 */
export function boundedFetch(bytesMax: number) {
  return async (input: RequestInfo, init?: RequestInit): Promise<Response> => {
    const answer = await fetch(input, init)
    const text = await readText(answer, bytesMax).catch((error: Error) => {
      if (error instanceof AnswerTooLong || error.name === 'AbortError') throw error
      throw new Error('incomplete response', { cause: error })
    })
    const { status, statusText, headers } = answer
    return new Response(text === '' ? null : text, { status, statusText, headers })
  }
}

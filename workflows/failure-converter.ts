import { DefaultFailureConverter, type PayloadConverter, type ProtoFailure } from '@temporalio/common'
import { forStackTrace, forTemporal } from '../contracts/text.ts'

/** Long enough for each of our types; the type of a foreign error is its class's name. */
const TYPE_CHARACTERS_MAX = 200

/**
 * How errors of activities and workflows are written for Temporal, every cause included. One message that is not
 * well-formed would end the worker instead of the activity, again in each next process; one of megabytes would never arrive.
 */
class CleanFailureConverter extends DefaultFailureConverter {
  override errorToFailureInner(error: unknown, payloadConverter: PayloadConverter): ProtoFailure {
    const failure = super.errorToFailureInner(error, payloadConverter)
    const { message, stackTrace, applicationFailureInfo: info } = failure
    return {
      ...failure,
      ...(message != null && { message: forTemporal(message) }),
      ...(stackTrace != null && { stackTrace: forStackTrace(stackTrace) }),
      ...(info?.type != null && {
        applicationFailureInfo: { ...info, type: forTemporal(info.type).slice(0, TYPE_CHARACTERS_MAX) },
      }),
    }
  }
}

/** The SDK looks for this name in the file that `failureConverterPath` names. */
export const failureConverter = new CleanFailureConverter()

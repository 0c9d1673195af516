import { ApplicationFailure } from '@temporalio/activity'
import type { FailureType } from '../contracts/errors.ts'

const INVARIANT: FailureType = 'Agent0.Invariant'

interface Schema<T> {
  safeParse: (value: unknown) => { success: true; data: T } | { success: false }
}

/** A value that stands in a journal, checked: another version, or another program, may have written it. */
export function journaled<T>(schema: Schema<T>, value: unknown, key: string, slot: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw ApplicationFailure.nonRetryable(
    `the journal of ${key} holds something else under "${slot}" than this version writes there: resume with the version that wrote it`,
    INVARIANT,
  )
}

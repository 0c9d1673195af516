import type { AcceptedCanary } from '../../contracts/publication.ts'
import type { IterationRecord } from '../../contracts/run-record.ts'

/** What a person decided about a halt that changes results. */
export interface PersonsDecision {
  stage: string
  /** Of a stage that was left out: in which iteration. Of a policy that was accepted: its name. */
  of: string
  decision: 'skip' | 'accept'
  /** What had halted the stage. */
  reason: string
  /** When, ISO 8601. */
  at: string
  /** Who accepted, and why. */
  by?: string
  why?: string
}

/** Stages that people left out and policies that they accepted, oldest first. */
export function decisionsOf(
  iterations: readonly IterationRecord[],
  accepted: readonly AcceptedCanary[],
): PersonsDecision[] {
  const skipped = iterations.flatMap(({ summary, decisions }) =>
    (decisions ?? [])
      .filter(({ decision }) => decision === 'skip')
      .map(({ stage, reason, at }): PersonsDecision => {
        const of = summary.iteration === 0 ? 'the base model' : `iteration ${summary.iteration}`
        return { stage, of, decision: 'skip', reason, at }
      }),
  )
  const published = accepted.map(({ policy, stage, by, at, reason, refusal }): PersonsDecision => ({
    stage,
    of: policy,
    decision: 'accept',
    reason: refusal,
    at,
    by,
    why: reason,
  }))
  return [...skipped, ...published].toSorted((a, b) => a.at.localeCompare(b.at))
}

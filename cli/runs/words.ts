import { adviceWhileRetrying } from '../../contracts/errors.ts'
import type { PendingFailure, RunStatus } from '../../contracts/run-status.ts'
import type { RunEntry } from '../../services/temporal/run-client.ts'
import { timeSpan } from '../../core/metrics/time-span.ts'

// Texts and numbers that the run commands share.

export const count = (value: number) => value.toLocaleString('en-GB')

/** `1 iteration`, `3 iterations`. */
export const iterationsOf = (iterations: number) => `${iterations} iteration${iterations === 1 ? '' : 's'}`

/** Three significant digits. */
export const figure = (value: number) => String(Number(value.toPrecision(3)))

/** Held-out mean@k by iteration, from the base model on. */
export const scoreTrail = (scores: readonly (number | null)[]) =>
  scores.map((score) => (score === null ? '–' : score.toFixed(3))).join(' → ')

export const NO_WORKER = 'no workflow worker is polling. Is "agent0 up" running?'

/** `iteration 2 of 3`; iteration 0 is the base model. */
export const iterationOf = (iteration: number, iterations: number) =>
  iteration === 0 ? 'the base model' : `iteration ${iteration} of ${iterations}`

/** Why a run is halted, and what to do. */
export const haltLine = ({ stage, reason, advice }: NonNullable<RunStatus['halted']>) =>
  `${stage} is halted: ${reason} · ${advice}`

/** One line for what is retried: which activity, how many of them, how often it failed, why, when it is tried next, what to do. */
export function pendingFailureLine(failing: PendingFailure, at: number): string {
  const { activity, count: many, attempts, reason, type, nextTryAt } = failing
  const what = many === 1 ? activity : `${activity} × ${many}`
  if (attempts === 0) return `${what}: ${reason}`
  const next = nextTryAt === null ? 'retrying now' : `next in ${timeSpan(nextTryAt - at + 999)}`
  const advice = adviceWhileRetrying(type)
  const failed = `${attempts} failed ${attempts === 1 ? 'attempt' : 'attempts'}`
  return [`${what} (${failed}): ${reason}`, next, ...(advice === null ? [] : [advice])].join(' · ')
}

/** How a run ended, in a word. */
export function stateOf({ ending }: RunEntry): string {
  switch (ending?.kind) {
    case undefined:
      return 'running'
    case 'finished':
      return 'finished'
    case 'stopped':
    case 'cancelled':
      return 'stopped'
    case 'failed':
      return 'failed'
  }
}

/** How a run ended, in sentences that say what can be done now. */
export function endingLines({ run, ending }: RunEntry): string[] {
  const again = `"agent0 start CONFIG --run-id ${run}"`
  const report = `"agent0 report ${run}" shows the results`
  switch (ending?.kind) {
    case undefined:
      return []
    case 'finished': {
      const trail = ending.scores.some((score) => score !== null)
        ? `; held-out mean@k by iteration: ${scoreTrail(ending.scores)}`
        : ''
      return [`${run} has finished ${iterationsOf(ending.iterations)}${trail}.`, `${report}.`]
    }
    case 'stopped':
      return [`${run} was stopped after ${ending.after}. ${again} resumes it from there; ${report} so far.`]
    case 'cancelled':
      return [`${run} was stopped at once. Finished work is kept, and ${again} resumes from it.`]
    case 'failed':
      return [`${run} failed: ${ending.reason}`, `Once that is fixed, ${again} resumes from the last finished step.`]
  }
}

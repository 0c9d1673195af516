import type { PendingFailure } from '../../contracts/run-status.ts'
import type { RunEntry } from '../../services/temporal/run-client.ts'
import { timeSpan } from '../../core/metrics/time-span.ts'

// Words and numbers that the run commands share.

export const count = (value: number) => value.toLocaleString('en-GB')

/** `1 iteration`, `3 iterations`. */
export const iterationsOf = (iterations: number) => `${iterations} iteration${iterations === 1 ? '' : 's'}`

/** Three digits: enough for a person who watches. */
export const figure = (value: number) => String(Number(value.toPrecision(3)))

/** Held-out mean@k by iteration, from the base model on. */
export const scoreTrail = (scores: readonly (number | null)[]) =>
  scores.map((score) => (score === null ? '–' : score.toFixed(3))).join(' → ')

export const NO_WORKER = 'no worker answers: is "agent0 up" running?'

/** Which iteration it is, in words. */
export const iterationOf = (iteration: number, iterations: number) =>
  iteration === 0 ? 'the base model' : `iteration ${iteration} of ${iterations}`

/** One line for what is being retried: which activity, how many of them, how often it failed, why, and when it is tried next. */
export function pendingFailureLine(
  { activity, count: many, attempts, reason, nextTryAt }: PendingFailure,
  at: number,
): string {
  const what = many === 1 ? activity : `${activity} × ${many}`
  if (attempts === 0) return `${what}: ${reason}`
  const next = nextTryAt === null ? 'retrying now' : `next in ${timeSpan(nextTryAt - at + 999)}`
  return `${what} (${attempts} failed ${attempts === 1 ? 'attempt' : 'attempts'}): ${reason} · ${next}`
}

/** How it ended, in a word or two. */
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
  const report = `"agent0 report ${run}" shows`
  switch (ending?.kind) {
    case undefined:
      return []
    case 'finished': {
      const trail = ending.scores.some((score) => score !== null)
        ? `; held-out mean@k by iteration: ${scoreTrail(ending.scores)}`
        : ''
      return [`${run} has finished ${iterationsOf(ending.iterations)}${trail}.`, `${report} what it came to.`]
    }
    case 'stopped':
      return [
        `${run} was stopped after ${ending.after}. ${again} goes on from there; ${report} what it came to so far.`,
      ]
    case 'cancelled':
      return [`${run} was stopped at once. What it has finished stays, and ${again} goes on behind it.`]
    case 'failed':
      return [`${run} failed: ${ending.reason}`, `When that is mended, ${again} goes on from where it stands.`]
  }
}

import type { TaskOutcome } from '../../contracts/loop-records.ts'
import type { CurationTally, Mean, OnlineTrainingTally } from '../../contracts/stage-tallies.ts'
import type { GroupCredit } from '../advantages/credit.ts'

/** Buckets of p̂ rounded to a tenth: 0, 0.1, …, 1. Exact for k = 10. */
const TENTHS = 11

/** What a tally counts of a finished rollout. */
export interface RolloutOutcome {
  ending: 'answered' | 'no_answer' | 'too_long' | 'turn_limit'
  /** Executed tool calls. */
  toolCalls: number
  /** Calls that were written and understood, run or not. */
  writtenCalls?: number
  /** Calls that were meant and not understood. */
  misreadCalls?: number
  sampledTokens: number
}

/** How many tasks have each p̂, rounded to a tenth. */
export function tallyPHat(pHats: readonly number[]): number[] {
  const counts = Array.from({ length: TENTHS }, () => 0)
  for (const pHat of pHats) counts[Math.round(pHat * (TENTHS - 1))]! += 1
  return counts
}

/** Sum and count of each named term over samples that all have the same terms. */
export function tallyTerms(samples: readonly Readonly<Record<string, number>>[]): Record<string, Mean> {
  const sumOf = (term: string) => samples.reduce((sum, sample) => sum + sample[term]!, 0)
  const terms = Object.keys(samples[0] ?? {})
  return Object.fromEntries(terms.map((term) => [term, { sum: sumOf(term), count: samples.length }]))
}

/** How many were kept (null), and how many were dropped for each reason. */
export function tallyDecisions(reasons: readonly (string | null)[]): Pick<CurationTally, 'kept' | 'dropped'> {
  const dropped: Record<string, number> = {}
  for (const reason of reasons) if (reason !== null) dropped[reason] = (dropped[reason] ?? 0) + 1
  return { kept: reasons.filter((reason) => reason === null).length, dropped }
}

/** How many groups there are, and how many have zero variance. */
export function tallyGroups(groups: readonly GroupCredit[]): OnlineTrainingTally['groups'] {
  return { count: groups.length, zeroVariance: groups.filter((group) => group.zeroVariance).length }
}

/** Endings, calls and tokens of the rollouts of some tasks: `rolloutsByTask[task][sample]`. */
export function tallyRollouts(rolloutsByTask: readonly (readonly RolloutOutcome[])[]): CurationTally['rollouts'] {
  const rollouts = rolloutsByTask.flat()
  const endingIn = (ending: RolloutOutcome['ending']) => rollouts.filter((rollout) => rollout.ending === ending).length
  return {
    tasks: rolloutsByTask.length,
    rollouts: rollouts.length,
    toolCalls: rollouts.reduce((sum, { toolCalls }) => sum + toolCalls, 0),
    writtenCalls: rollouts.reduce((sum, { toolCalls, writtenCalls = toolCalls }) => sum + writtenCalls, 0),
    misreadCalls: rollouts.reduce((sum, { misreadCalls = 0 }) => sum + misreadCalls, 0),
    sampledTokens: rollouts.reduce((sum, { sampledTokens }) => sum + sampledTokens, 0),
    answered: endingIn('answered'),
    noAnswer: endingIn('no_answer'),
    tooLong: endingIn('too_long'),
    turnLimit: endingIn('turn_limit'),
  }
}

/** The same of finished outcomes. */
export function tallyOutcomes(outcomes: readonly TaskOutcome[]): CurationTally['rollouts'] {
  return tallyRollouts(
    outcomes.map(({ samples }) =>
      samples.map(({ ending, writtenCalls, executedCalls, misreadCalls = 0, sampledTokens }) => ({
        ending,
        toolCalls: executedCalls,
        writtenCalls,
        misreadCalls,
        sampledTokens,
      })),
    ),
  )
}

/** The tally of a training stage before its first step. */
export const noSteps: OnlineTrainingTally = {
  steps: 0,
  proposals: { asked: 0, wellFormed: 0 },
  rollouts: tallyRollouts([]),
  pHat: tallyPHat([]),
  reward: {},
  groups: tallyGroups([]),
  updates: {
    klTrainServer: { sum: 0, count: 0 },
    clippedByPHat: Array.from({ length: TENTHS }, () => ({ tokens: 0, clipped: 0 })),
    truncatedTokens: 0,
    droppedRows: 0,
    skippedUpdates: 0,
  },
}

import type { Figure } from './figures.ts'

/** What is killed, a process or what the sandbox runs in. */
export const faultyVictims = [
  'rollout worker',
  'workflow worker',
  'model server',
  'trainer',
  'Temporal',
  'sandbox',
] as const
export type FaultyVictim = (typeof faultyVictims)[number]

/** A run of the bench, as `tests/chaos/faulty-runs.ts` tells it. */
export interface FaultyRun {
  /** Null for the run that nobody disturbs. */
  victim: FaultyVictim | null
  /** From its beginning until its iteration is recorded. */
  seconds: number
  kills: number
  /** Where it came to something else than the undisturbed one, and what it left on the machine; a line each. */
  wrong: string[]
}

/**
 * Wall times, and which part of it would have been enough: ETTR, the undisturbed time (the mean of the runs before and after) by the
 * disturbed one. `runs` in the order in which they ran, each disturbed one between two undisturbed ones. Throws where a run came to
 * something else.
 */
export function faultFigures(runs: readonly FaultyRun[]): Figure[] {
  const wrong = runs.flatMap(({ victim, wrong: lines }) => lines.map((line) => `${victim ?? 'undisturbed'}: ${line}`))
  if (wrong.length > 0) throw new Error(`these runs did not come to the same:\n${wrong.join('\n')}`)
  return runs.flatMap(({ victim, seconds, kills }, index): Figure[] => {
    if (victim === null) return [{ name: 'undisturbed', value: seconds, unit: 's' }]
    const undisturbed = (runs[index - 1]!.seconds + runs[index + 1]!.seconds) / 2
    return [
      { name: `${victim}, killed ${kills} ${kills === 1 ? 'time' : 'times'}`, value: seconds, unit: 's' },
      { name: '– undisturbed time by this (ETTR)', value: (100 * undisturbed) / seconds, unit: '%' },
    ]
  })
}

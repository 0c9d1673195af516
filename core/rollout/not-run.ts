import type { NotRun, RolloutLimits } from '../../contracts/rollout.ts'

/** The verdict on a program that may not be run, as it has too many lines; null for one that is to be executed. */
export function notRun({ codeLinesMax }: RolloutLimits, code: string): NotRun | null {
  if (codeLinesMax === 'none' || code.split('\n').length <= codeLinesMax) return null
  return { kind: 'not_run', codeLinesMax }
}

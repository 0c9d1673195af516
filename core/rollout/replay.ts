import type { RolloutEvent } from '../../contracts/rollout.ts'
import { advance } from './advance.ts'
import { startRollout, type RolloutStart, type RolloutState } from './rollout-state.ts'

/** The state of a rollout after its journal: where a retry goes on, or a reader's copy of a finished one. */
export function replay(start: RolloutStart, journal: readonly RolloutEvent[]): RolloutState {
  return journal.reduce(advance, startRollout(start))
}

import type { ExecutorConfig } from '../../contracts/config/executor.ts'
import { type ByKind, callByKind } from '../by-kind.ts'

/** The result of a rollout of a curated task. */
export interface AnswerOutcome {
  /** Its answer is equivalent to the task's pseudo-label. */
  agreesWithLabel: boolean
  /** What the policy wrote, all turns: for recipes that pay for a format. */
  text: string
}

const rewards: ByKind<ExecutorConfig['reward'], [answer: AnswerOutcome], number> = {
  'matches-label': ({ mismatchReward }, { agreesWithLabel }) => (agreesWithLabel ? 1 : mismatchReward),
}

/**
 * 1 for an answer that is equivalent to the pseudo-label ỹ, else `mismatchReward`: different, undecided or no answer. Paper,
 * executor reward (0/1); released code ±1, the same after normalisation. Algorithm §6.
 */
export function executorReward(config: ExecutorConfig['reward'], answer: AnswerOutcome): number {
  return callByKind(rewards, config, answer)
}

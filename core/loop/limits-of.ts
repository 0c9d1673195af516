import type { RolloutConfig } from '../../contracts/config/rollout.ts'
import type { RolloutLimits } from '../../contracts/rollout.ts'

/** What a rollout may use. Without the tool there is one generation and nothing stops it but its end. */
export function limitsOf(config: RolloutConfig, tool: 'python' | 'none'): RolloutLimits {
  const { promptTokensMax, responseTokensMax, toolOutputTokensMax, codeLinesMax, shownError } = config
  const turnsMax = tool === 'none' ? 1 : config.turnsMax
  return { turnsMax, promptTokensMax, responseTokensMax, toolOutputTokensMax, codeLinesMax, shownError }
}

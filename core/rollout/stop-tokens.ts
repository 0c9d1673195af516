import type { RolloutConfig } from '../../contracts/config/rollout.ts'
import type { Tokenizer } from '../../contracts/ports/tokenizer.ts'

type Ends = Partial<Pick<Tokenizer, 'endTokenIds' | 'controlId'>>

/** The tokens of `rollout.stopTokens` that a tokenizer lacks. */
export function unknownStopTokens({ stopTokens }: Pick<RolloutConfig, 'stopTokens'>, { controlId }: Ends): string[] {
  return typeof stopTokens === 'string' ? [] : stopTokens.filter((token) => (controlId?.(token) ?? null) === null)
}

/** The ids of the tokens behind which every generation of a run ends. */
export function stopTokenIds({ stopTokens }: Pick<RolloutConfig, 'stopTokens'>, tokenizer: Ends): number[] {
  if (stopTokens === 'none') return []
  if (stopTokens === 'tokenizer') return [...(tokenizer.endTokenIds ?? [])]
  return [...new Set(stopTokens.flatMap((token) => tokenizer.controlId?.(token) ?? []))]
}

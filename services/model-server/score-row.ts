import type { CanaryRow } from '../../contracts/canary.ts'
import { failure } from '../failure.ts'
import { readAnswer } from './read-completion.ts'
import { ScoreAnswer, type ScoreBody } from './vllm-api.ts'

/** The request that has a recorded row scored as it stands: nothing of it is sampled. */
export const scoreBody = ({ tokenIds }: CanaryRow, model: string): ScoreBody => ({
  model,
  prompt: [...tokenIds],
  max_tokens: 1,
  temperature: 0,
  seed: 0,
  prompt_logprobs: 0,
})

/** The logprobs of the row's sampled tokens. Throws `Llm.BadAnswer` where the server gives none. */
export function readScores(answer: unknown, { tokenIds, places }: CanaryRow, model: string): number[] {
  const { choices, model: answering } = readAnswer(ScoreAnswer, answer, 'the scored prompt')
  if (answering !== model) throw failure('Llm.BadAnswer', `the answer is from "${answering}", "${model}" was asked for`)
  return places.map((place) => {
    const found = choices[0].prompt_logprobs?.[place]?.[String(tokenIds[place])]
    if (found === undefined)
      throw failure('Llm.BadAnswer', `the answer has no logprob of token ${place} of the prompt: no prompt_logprobs`)
    return found.logprob
  })
}

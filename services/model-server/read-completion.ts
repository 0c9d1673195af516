import type { ZodType } from 'zod'
import type { Generation } from '../../contracts/rollout.ts'
import { failure } from '../failure.ts'
import type { GenerateRequest, Sampled } from '../../contracts/ports/model-server.ts'
import { CompletionAnswer, type Choice, type CompletionBody } from './vllm-api.ts'
import { wholeText } from './whole-text.ts'

/** vLLM writes minus infinity like this, as JSON has none: a token that could not have been sampled. */
const IMPOSSIBLE = -9999

/** Reads an answer, or throws `Llm.Unavailable`: what has another form was cut or comes from something else. */
export function readAnswer<T>(schema: ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw failure('Llm.Unavailable', `${what} is not a valid vLLM response: ${issue!.path.join('.')}: ${issue!.message}`)
}

function unusable(sentence: string): Error {
  return failure('Llm.BadAnswer', sentence)
}

function finishOf(choice: Choice): Generation['finish'] {
  if (choice.finish_reason === 'length') return 'length'
  // Also a newer engine's `error`: a sample that was not finished, which another try may finish.
  if (choice.finish_reason !== 'stop')
    throw failure('Llm.Unavailable', `the server aborted a sample: finish_reason ${choice.finish_reason}`)
  return typeof choice.stop_reason === 'string' ? 'stop_text' : 'end_of_sequence'
}

function generationOf(choice: Choice, seed: number, tokensMax: number): Generation {
  const finish = finishOf(choice)
  const { token_ids: tokenIds, logprobs } = choice
  if (tokenIds == null || logprobs == null)
    throw unusable('the answer lacks token_ids or logprobs: the server does not know return_token_ids')
  const values = logprobs.token_logprobs
  if (values.length !== tokenIds.length)
    throw unusable(`the answer has ${values.length} logprobs for ${tokenIds.length} tokens`)
  if (tokenIds.length === 0 || tokenIds.length > tokensMax)
    throw unusable(`the answer has ${tokenIds.length} tokens, from 1 to ${tokensMax} were asked for`)
  const known = values.filter((value): value is number => value !== null && value > IMPOSSIBLE)
  if (known.length !== values.length)
    throw unusable(`a sampled token has the logprob ${IMPOSSIBLE}, which stands for probability 0, or none`)
  const text = finish === 'stop_text' ? wholeText(choice.text, logprobs.tokens.at(-1) ?? '') : choice.text
  return { tokenIds, logprobs: known, text, finish, seed }
}

/**
 * The samples of an answer, in order. Throws `Llm.Unavailable` for what another try may fix (cut, given up) and
 * `Llm.BadAnswer` for what no try will.
 * @param body as it was sent; where it asked for one greedy sample, that one stands for all of the request
 */
export function readCompletion(
  answer: unknown,
  request: GenerateRequest,
  { model, n: asked }: CompletionBody,
): Sampled[] {
  const { choices, model: answering, usage } = readAnswer(CompletionAnswer, answer, 'the completion')
  if (answering !== model) throw unusable(`the answer is from "${answering}", "${model}" was asked for`)
  if (choices.length !== asked) throw unusable(`the answer has ${choices.length} samples, ${asked} were asked for`)
  const generations = choices
    .toSorted((a, b) => a.index - b.index)
    .map((choice, index) => generationOf(choice, request.seed + index, request.tokensMax))
  const tokens = generations.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0)
  const counted = usage?.completion_tokens ?? tokens
  if (counted !== tokens) throw unusable(`the answer has ${tokens} tokens, its usage says ${counted}`)
  return Array.from({ length: request.samples }, (_, index) => {
    const generation = generations[index] ?? { ...generations[0]!, seed: request.seed + index }
    return { policy: request.policy.name, generation }
  })
}

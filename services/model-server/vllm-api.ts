/**
 * The part of vLLM's HTTP API that we use. Schemas of answers are lenient: what we do not read may be anything.
 */
import type OpenAI from 'openai'
import { z } from 'zod'

/** Body of `POST /v1/completions`; the fields that OpenAI lacks stand at the top level. */
export type CompletionBody = OpenAI.CompletionCreateParamsNonStreaming & {
  n: number
  top_k: number
  stop_token_ids?: number[]
  include_stop_str_in_output: boolean
  return_token_ids: true
  cache_salt: string
}

const Choice = z.object({
  index: z.int(),
  text: z.string(),
  finish_reason: z.string().nullable(),
  /** The stop text, the id of a stop token, or null for the end token. */
  stop_reason: z.union([z.string(), z.number()]).nullish(),
  token_ids: z.array(z.int().min(0)).nullish(),
  logprobs: z.object({ tokens: z.array(z.string()), token_logprobs: z.array(z.number().nullable()) }).nullish(),
})
export type Choice = z.output<typeof Choice>

/** Body of `POST /v1/completions` that has a prompt scored; the one token that is sampled behind it is not looked at. */
export type ScoreBody = OpenAI.CompletionCreateParamsNonStreaming & {
  prompt: number[]
  prompt_logprobs: 0
}

/** By place in the prompt: by token id, of which the one that stands there is always among them. The first has none. */
export const ScoreAnswer = z.object({
  model: z.string(),
  choices: z.tuple([
    z.object({
      prompt_logprobs: z.array(z.record(z.string(), z.object({ logprob: z.number() })).nullable()).nullish(),
    }),
  ]),
})

export const CompletionAnswer = z.object({
  model: z.string(),
  choices: z.array(Choice),
  usage: z.object({ completion_tokens: z.int().nullish() }).nullish(),
})
export type CompletionAnswer = z.output<typeof CompletionAnswer>

export const ModelsAnswer = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      /** Folder of the weights. */
      root: z.string().nullish(),
      /** Name of the base model; null for the base itself. */
      parent: z.string().nullish(),
      /** The embedded server's own: vLLM tells neither. */
      digest: z.string().nullish(),
      load_ms: z.number().nullish(),
    }),
  ),
})
export type ServedModel = z.output<typeof ModelsAnswer>['data'][number]

export const VersionAnswer = z.object({ version: z.string() })

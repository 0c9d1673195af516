import { z } from 'zod'

/** What serves the base model and its policies. All three speak the same part of vLLM's API (docs/operations/serving.md). */
const Engine = z.discriminatedUnion('kind', [
  /** The project's own server on this machine's CPU, started by `agent0 up`. */
  z.strictObject({ kind: z.literal('embedded') }),
  /** vLLM on this machine, started by `agent0 up`: the user's own where there is a GPU, else the one of `setup:vllm`. */
  z.strictObject({ kind: z.literal('vllm') }),
  /** Servers that somebody else runs; nothing is started. */
  z.strictObject({
    kind: z.literal('external'),
    /** Base URLs, one per server, all of the same base model. Their key, if they have one, is in VLLM_API_KEY. */
    urls: z.array(z.url({ protocol: /^https?$/ })).min(1),
  }),
])

/** The base model of both agents, and where it runs. */
export const ModelConfig = z.strictObject({
  /** Folder with config.json, weights and tokenizer.json: absolute, or relative to the checkout. [P] Qwen3-4B-Base. */
  base: z.string().min(1).default('models/Qwen3-4B-Base'),
  engine: Engine.prefault({ kind: 'vllm' }),
  /** Samples that are at one server at once; more wait with us. [D] 384, one and a half times what it computes at once. */
  samplesMax: z.int().min(1).default(384),
})

export type ModelConfig = z.output<typeof ModelConfig>

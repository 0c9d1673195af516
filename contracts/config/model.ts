import { z } from 'zod'

const Engine = z
  .discriminatedUnion('kind', [
    z
      .strictObject({ kind: z.literal('embedded') })
      .describe("The project's own server on this machine's CPU, started by `agent0 up`."),
    z
      .strictObject({ kind: z.literal('vllm') })
      .describe('vLLM, started by `agent0 up`: the one on PATH where there is a GPU, else that of `setup:vllm`.'),
    z
      .strictObject({
        kind: z.literal('external'),
        urls: z
          .array(z.url({ protocol: /^https?$/ }))
          .min(1)
          .describe('Base URLs, one per server, all of the same base model.'),
      })
      .describe('Servers that somebody else runs; `agent0 up` starts none.'),
  ])
  .describe('What serves the base model and its policies.')

export const ModelConfig = z
  .strictObject({
    base: z
      .string()
      .min(1)
      .default('models/Qwen3-4B-Base')
      .describe(
        'Folder with config.json, weights and tokenizer.json: absolute, or relative to the checkout. [P] Qwen3-4B-Base.',
      ),
    engine: Engine.prefault({ kind: 'vllm' }),
    samplesMax: z.int().min(1).default(384).describe('Samples that one server computes or queues at a time. [D] 384.'),
  })
  .describe('The base model of both agents.')

export type ModelConfig = z.output<typeof ModelConfig>

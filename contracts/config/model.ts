import { z } from 'zod'

export const ModelConfig = z
  .strictObject({
    base: z
      .string()
      .min(1)
      .default('models/Qwen3-4B-Base')
      .describe(
        'Folder with config.json, weights and tokenizer.json: absolute, or relative to the checkout. [P] Qwen3-4B-Base.',
      ),
  })
  .describe('The base model of both agents. What serves it is up to the machine (machine.yaml).')

export type ModelConfig = z.output<typeof ModelConfig>

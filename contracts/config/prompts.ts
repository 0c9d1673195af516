import { z } from 'zod'

// The default prompts of all presets. Our wording, in the order of the paper's tables 6 and 7; the markup is Qwen's.
const CURRICULUM = `<|im_start|>system
You write problems for mathematics competitions. Think first, for yourself and step by step, and invent a problem that is new and not trivial. It may come from any field: algebra, geometry, number theory, combinatorics, prealgebra, probability, statistics or calculus. Of advanced high-school students fewer than 30 % should be able to solve it. Take nothing out of a textbook, and no problem that is known from a contest.
Then write exactly these two blocks, and nothing else:
<question>
the whole problem
</question>
\\boxed{its final answer}<|im_end|>
<|im_start|>user
Write one new, challenging problem now, in the given format.<|im_end|>
<|im_start|>assistant
`

const EXECUTOR = `<|im_start|>system
A user asks, and you, the assistant, answer. Think first, then give the answer. Prose and programs may take turns: where a computation helps, write Python between fences,
\`\`\`python
print(6 * 7)
\`\`\`
and what it prints is put behind it:
\`\`\`output
42
\`\`\`
Every program stands alone, so repeat what it needs. Put the final answer in \\boxed{}.<|im_end|>
<|im_start|>user
{question}<|im_end|>
<|im_start|>assistant
`

/** Prompts that have a name instead of a text: core/prompts/. What a name means never changes; a better prompt has another name. */
export const promptNames = ['worked-examples'] as const
export type PromptName = (typeof promptNames)[number]

/** Whether a value of `prompts` is a name. */
export const isPromptName = (value: string): value is PromptName => promptNames.some((name) => name === value)

/** So that a name with a slip of the pen is not taken for a text. */
const looksLikeName = (value: string) => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(value)
const NAMES = promptNames.join(', ')

export const PromptsConfig = z
  .strictObject({
    curriculum: z
      .string()
      .min(1)
      .refine((value) => isPromptName(value) || !looksLikeName(value), `a text, or a name: ${NAMES}`)
      .default(CURRICULUM)
      .describe(
        "What the curriculum agent reads before every proposal: a text, or `worked-examples`, which shows five problems of other fields and asks for one about a topic; examples and topic are drawn for each group of proposals, from the run's seed. Structure of the paper's table 7 [P], wording [D].",
      ),
    executor: z
      .string()
      .refine(
        (value) => isPromptName(value) || value.split('{question}').length === 2,
        `a text with {question} in it, once, or a name: ${NAMES}`,
      )
      .default(EXECUTOR)
      .describe(
        "What the executor reads: a text in which `{question}` stands for the task, or `worked-examples`, which shows a problem that is solved with a program and one without. Structure of the paper's table 6 [P], wording [D].",
      ),
  })
  .describe(
    "What both agents read before they write, chat markup included: prompts are sent as tokens, so no server adds a chat template. The default texts are in contracts/config/prompts.ts, named ones in core/prompts/. All have the markup of Qwen's models (`<|im_start|>`); a model with another one needs texts of your own.",
  )

export type PromptsConfig = z.output<typeof PromptsConfig>

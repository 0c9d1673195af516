import { z } from 'zod'
import { TASKS_IN_FLIGHT_MAX } from './limits.ts'
import { Sampling } from './sampling.ts'

export const RolloutConfig = z
  .strictObject({
    turnsMax: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe('Generations per rollout; a code block in the last one is not executed. [P, C] 4.'),
    promptTokensMax: z
      .int()
      .min(16)
      .default(2048)
      .describe('Tokens of the first prompt. [C] 1,024 to 2,048. [D] 2,048.'),
    responseTokensMax: z
      .int()
      .min(16)
      .default(4096)
      .describe('Tokens after the prompt, tool output included. [C] 4,096.'),
    toolOutputTokensMax: z
      .int()
      .min(40)
      .default(512)
      .describe(
        'Tokens of one tool output, with its fences and the note that it was cut; what is too long loses its beginning. [C] 512.',
      ),
    codeLinesMax: z
      .union([z.literal('none'), z.int().min(1)])
      .default('none')
      .describe(
        'Lines of a program; a longer one is not executed, and its output says so. [D] none: a rule of the tiny world.',
      ),
    shownError: z
      .enum(['traceback', 'last-line'])
      .default('traceback')
      .describe("What the policy sees of an error: Python's whole traceback, or its last line. [D] traceback."),
    toolCalls: z
      .enum(['usual', 'exact'])
      .default('usual')
      .describe(
        'What is a tool call, and what it costs. usual: a fence in any usual spelling opens one (```py, ~~~python), one behind which the policy ends is run as well, a fence that closes no program costs no turn, no stop text is sent where no program can be run any more, and a program that printed nothing says so. exact: as runs that began before December 2026. [D] usual.',
      ),
    stopTokens: z
      .union([z.enum(['tokenizer', 'none']), z.array(z.string().min(1)).min(1).max(16)])
      .default('tokenizer')
      .describe(
        "Tokens behind which every generation ends, proposals included. tokenizer: `<|im_end|>` and what the model's files name as its end, where its tokenizer has them; a list: these; none: what the server takes for the end by itself, as runs that began before December 2026. [C] `<|im_end|>`. [D] tokenizer.",
      ),
    session: z
      .enum(['stateless', 'per-rollout'])
      .default('stateless')
      .describe(
        "Whether each code block starts afresh, or those of a rollout share an interpreter. [D] stateless, as the paper's prompt says.",
      ),
    tasksInFlight: z
      .int()
      .min(1)
      .max(TASKS_IN_FLIGHT_MAX)
      .default(64)
      .describe('Tasks of a run that are rolled out at the same time, each with all its samples. [D] 64.'),
    traceShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.01)
      .describe(
        'Share of tasks that are traced: a workflow of their own with an activity per turn, for people to read. [D] 0.01.',
      ),
  })
  .describe('Limits of a rollout, the same in all stages. Algorithm §1 and §2.')

export const AnswerSampling = z.strictObject({
  samplesPerTask: z
    .int()
    .min(2)
    .max(1024)
    .default(10)
    .describe('k, answers per task. [P] 10. [C] 10 for the reward, 9 in curation.'),
  tool: z
    .enum(['python', 'none'])
    .default('python')
    .describe('Whether these rollouts may run Python. [P] python. [C] none in curation.'),
  sampling: Sampling.prefault({}).describe('How these answers are sampled.'),
})

export type RolloutConfig = z.output<typeof RolloutConfig>
export type AnswerSampling = z.output<typeof AnswerSampling>

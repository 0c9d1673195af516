import { z } from 'zod'
import { Sampling } from './sampling.ts'

/** Limits of a rollout, the same for scoring, curation, training and evaluation. Algorithm §1 and §2. */
export const RolloutConfig = z.strictObject({
  /** Generations per rollout; a code block in the last one is not run. [P, C] 4. */
  turnsMax: z.int().min(1).max(64).default(4),
  /** Tokens of the first prompt. [C] 1,024 to 2,048; [D] 2,048. */
  promptTokensMax: z.int().min(16).default(2048),
  /** Tokens after the prompt, tool output included. [C] 4,096. */
  responseTokensMax: z.int().min(16).default(4096),
  /** Tokens of one tool output, its fences and the note of a cut included; the left end is cut off. [C] 512. */
  toolOutputTokensMax: z.int().min(40).default(512),
  /** Lines of a program; a longer one is not run, and its output says so. [D] none: a rule of the tiny world. */
  codeLinesMax: z.union([z.literal('none'), z.int().min(1)]).default('none'),
  /** What the policy is shown of an error: Python's traceback, or only its last line. [D] traceback. */
  shownError: z.enum(['traceback', 'last-line']).default('traceback'),
  /** Whether the code blocks of one rollout share an interpreter. [D] stateless, as in the paper's prompt. */
  session: z.enum(['stateless', 'per-rollout']).default('stateless'),
  /** Tasks of a run that are rolled out at the same time, all their samples at once. [D] 64. */
  tasksInFlight: z.int().min(1).max(500).default(64),
  /** Share of tasks that run as a workflow of their own, one activity per turn, for people to read. [D] 0.01. */
  traceShare: z.number().min(0).max(1).default(0.01),
})

/** How many answers of the executor say how hard a task is (p̂) and what its label is. */
export const AnswerSampling = z.strictObject({
  /** k, answers per task. [P] 10. [C] 10 for the reward, 9 in curation. */
  samplesPerTask: z.int().min(2).max(1024).default(10),
  /** Whether these rollouts may run code. [P] python. [C] none in curation. */
  tool: z.enum(['python', 'none']).default('python'),
  sampling: Sampling.prefault({}),
})

export type RolloutConfig = z.output<typeof RolloutConfig>
export type AnswerSampling = z.output<typeof AnswerSampling>

import { z } from 'zod'
import { idSchema } from './primitives.ts'
import { ExecutionResult } from './execution-result.ts'

const tokenIds = z.array(z.int().min(0))

/** How much a rollout may use. */
export const RolloutLimits = z.strictObject({
  /** Generations. The program in the last one is not run. */
  turnsMax: z.int().min(1).max(99),
  /** Tokens of the prompt; a longer prompt ends the rollout before its first turn. */
  promptTokensMax: z.int().min(1),
  /** Tokens after the prompt, sampled and forced together. */
  responseTokensMax: z.int().min(1),
  /** Tokens of one `output` block, fences included; 40 hold the fences and the notice of a cut, a token per character. */
  toolOutputTokensMax: z.int().min(40),
  /** Lines of a program; a longer one is not run. */
  codeLinesMax: z.union([z.literal('none'), z.int().min(1)]),
  /** What the `output` block holds of an error. */
  shownError: z.enum(['traceback', 'last-line']),
  /** Which blocks are calls, and what they cost: `rollout.toolCalls` of the config. Absent: `usual`. */
  toolCalls: z.enum(['usual', 'exact']).optional(),
  /** The tokens behind which a generation ends. */
  endTokenIds: z.array(z.int().min(0)).readonly().optional(),
})
export type RolloutLimits = z.infer<typeof RolloutLimits>

/** What a policy sampled in one go. */
export const Generation = z
  .strictObject({
    /** The sampled tokens as the server returned them; they are never made from the text again. */
    tokenIds,
    /** Natural logarithm of each sampled token's probability under the sampling distribution. */
    logprobs: z.array(z.number()),
    /** All sampled tokens as text. A token that completes the stop text may carry more than it. */
    text: z.string(),
    /** Why it stopped: the end token, a stop text, or the token limit. */
    finish: z.enum(['end_of_sequence', 'stop_text', 'length']),
    /** Seed of the request. */
    seed: z.int().min(0),
  })
  .refine(({ tokenIds: ids, logprobs }) => ids.length === logprobs.length, 'one logprob per sampled token')
export type Generation = z.infer<typeof Generation>

/**
 * A program that was not run: it has more lines than a rollout's limits allow, or more bytes than the sandbox takes. Data, like any
 * verdict.
 */
export const NotRun = z.union([
  z.strictObject({ kind: z.literal('not_run'), codeLinesMax: z.int().min(1) }),
  z.strictObject({ kind: z.literal('not_run'), codeBytesMax: z.int().min(1) }),
])
export type NotRun = z.infer<typeof NotRun>

/** The result of a program. */
export const ToolResult = z.union([ExecutionResult, NotRun])
export type ToolResult = z.infer<typeof ToolResult>

/** A program that the policy wrote, and its result. */
export const ToolCall = z.strictObject({
  /** The Python source between the fences. */
  code: z.string(),
  verdict: ToolResult,
  /** The `output` block that was put into the history, fences included. */
  output: z.string(),
  /** Tokens of that block in the response; 0 if no room was left to continue after it. */
  outputTokens: z.int().min(0),
})
export type ToolCall = z.infer<typeof ToolCall>

/**
 * What the policy wrote up to a program or its end, and the execution that followed. Its tokens lie in the rollout's arrays, turn after
 * turn.
 */
export const Turn = z.strictObject({
  /** What the policy wrote. */
  text: z.string(),
  /** Tokens of this turn that it sampled, without an end token behind a program that was run. */
  sampledTokens: z.int().min(0),
  /** Of the last generation. */
  finish: Generation.shape.finish,
  /** Of the first one. */
  seed: Generation.shape.seed,
  /** Generations of this turn, where there are several: a fence that closed no program met the stop text. Absent: one. */
  generations: z.int().min(2).optional(),
  /** Null if nothing was run. */
  toolCall: ToolCall.nullable(),
})
export type Turn = z.infer<typeof Turn>

/**
 * How a rollout ended. All four are data; a dead server is not among them.
 * - `answered`: a complete box stands in the policy's text.
 * - `no_answer`: the policy ended without one.
 * - `too_long`: the prompt or the response met its token limit without one.
 * - `turn_limit`: the last turn asked for another one, without an answer.
 */
export const Ending = z.enum(['answered', 'no_answer', 'too_long', 'turn_limit'])
export type Ending = z.infer<typeof Ending>

/** Rollouts stored before 2026-12 name the arrays of the response without `response`. They are read for one version. */
function fromFormerNames(stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null || !('tokenIds' in stored)) return stored
  const { tokenIds: responseTokenIds, mask, logprobs, ...same } = stored as Record<string, unknown>
  return { ...same, responseTokenIds, responseMask: mask, responseLogprobs: logprobs }
}

const CurrentRollout = z
  .strictObject({
    id: idSchema('sample'),
    /** Name of the policy that sampled every turn, its version included. */
    policy: z.string().min(1),
    /** Tokens of the prompt. */
    promptTokenIds: tokenIds,
    /** Tokens after the prompt: sampled ones and forced ones (tool output), in order. */
    responseTokenIds: tokenIds,
    /** Per token of the response: 1 if the policy sampled it, 0 if it was forced. Only ones are trained on. */
    responseMask: z.array(z.union([z.literal(0), z.literal(1)])),
    /** Per token of the response: the server's logprob (natural logarithm), 0 where forced. */
    responseLogprobs: z.array(z.number()),
    turns: z.array(Turn),
    ending: Ending,
    /** Content of the last complete box, trimmed; null if there is none. */
    answer: z.string().min(1).nullable(),
  })
  .refine(
    ({ responseTokenIds: ids, responseMask: mask, responseLogprobs: logprobs }) =>
      ids.length === mask.length && ids.length === logprobs.length,
    'one mask and one logprob per token of the response',
  )
  .refine(
    ({ ending, answer }) => (ending === 'answered') === (answer !== null),
    'answered means that there is an answer',
  )

/** One attempt of a policy at a task: reasoning, programs, results, and perhaps an answer. */
export const Rollout = z.preprocess(fromFormerNames, CurrentRollout)
export type Rollout = z.infer<typeof Rollout>

/** One thing that happened to a rollout. The list of them is its journal, written event by event before the next begins. */
export const RolloutEvent = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('generated'),
    /** Index of the turn, from 0. */
    turn: z.int().min(0),
    /** Name of the policy that the server used. */
    policy: z.string().min(1),
    generation: Generation,
  }),
  z.strictObject({
    kind: z.literal('executed'),
    /** Index of the turn whose program ran, from 0. */
    turn: z.int().min(0),
    verdict: ToolResult,
    /** The `output` block that is forced into the history, as text and as tokens. */
    output: z.strictObject({ text: z.string(), tokenIds }),
  }),
])
export type RolloutEvent = z.infer<typeof RolloutEvent>

/** What the samples of a task were generated with: the journal's entry `origin`. */
export const SamplingOrigin = z.object({
  /** Name of the policy. */
  policy: z.string(),
  promptTokenIds: tokenIds,
})
export type SamplingOrigin = z.infer<typeof SamplingOrigin>

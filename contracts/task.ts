import { z } from 'zod'
import { idSchema } from './primitives.ts'
import { Generation } from './rollout.ts'

/** A question for the executor. It has no answer key: labels come from votes. */
export const Task = z.strictObject({
  id: idSchema('task'),
  /** What is asked, without tags, trimmed. */
  question: z.string().min(1),
  /** The proposer's answer to its own question, trimmed: reported, never part of a reward; null if nobody proposed one. */
  ownAnswer: z.string().min(1).nullable(),
})
export type Task = z.infer<typeof Task>

/** What a proposal's text was read as. */
export const ParsedProposal = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('well_formed'), question: z.string().min(1), ownAnswer: z.string().min(1) }),
  z.strictObject({
    kind: z.literal('malformed'),
    /**
     * What is missing, the question first; `echo` where the question repeats the prompt, `question_too_long` where no prompt
     * could hold it, `outside_grammar` where the run's format gate asks
     * for more.
     */
    problem: z.enum([
      'no_question',
      'unclosed_question',
      'empty_question',
      'echo',
      'no_answer',
      'outside_grammar',
      'question_too_long',
    ]),
  }),
])
export type ParsedProposal = z.infer<typeof ParsedProposal>

/** One text of the curriculum agent, well formed or not. */
export const Proposal = z.strictObject({
  /** Also the id of the task that it proposes. */
  id: idSchema('task'),
  /** Name of the policy that wrote it, its version included. */
  policy: z.string().min(1),
  /** Tokens of the prompt. */
  promptTokenIds: z.array(z.int().min(0)),
  generation: Generation,
  parsed: ParsedProposal,
})
export type Proposal = z.infer<typeof Proposal>

import type { PromptName, PromptsConfig } from '../../contracts/config/prompts.ts'
import type { SeededStream } from '../random/seeded-stream.ts'
import type { Prompt } from '../rollout/prompt.ts'
import { exampleQuestions, SOLVER_PROMPT, workedExamplesFor } from './worked-examples.ts'

/** What a proposer reads: always the same, or drawn anew for each group of proposals. */
export type ProposerPrompt =
  | { kind: 'fixed'; prompt: Prompt }
  | { kind: 'drawn'; draw: (stream: SeededStream) => Prompt }

interface NamedPrompts {
  proposer: (stream: SeededStream) => string
  /** All questions that proposers may be shown. */
  questions: readonly string[]
  /** `{question}` stands for the task, once. */
  executor: string
}

const named: Readonly<Record<PromptName, NamedPrompts>> = {
  'worked-examples': { proposer: workedExamplesFor, questions: exampleQuestions, executor: SOLVER_PROMPT },
}

/** The prompts of a name; undefined if the value is a text. */
const namedPrompts = (value: string): NamedPrompts | undefined =>
  Object.hasOwn(named, value) ? named[value as PromptName] : undefined

/** What the curriculum agent reads before it writes. */
export function proposerPrompt({ curriculum }: PromptsConfig): ProposerPrompt {
  const prompts = namedPrompts(curriculum)
  if (prompts === undefined) return { kind: 'fixed', prompt: [{ template: curriculum }] }
  return { kind: 'drawn', draw: (stream) => [{ template: prompts.proposer(stream) }] }
}

/** Questions that the curriculum agent may have been shown as examples. */
export const shownQuestions = ({ curriculum }: PromptsConfig): readonly string[] =>
  namedPrompts(curriculum)?.questions ?? []

/** A text with every proposal that the curriculum agent may have been shown: who repeats one has proposed nothing. */
export const shownProposals = ({ curriculum }: PromptsConfig): string =>
  namedPrompts(curriculum)
    ?.questions.map((question) => `<question>${question}</question>`)
    .join('') ?? curriculum

/** What the executor reads, with `{question}` in the place of the task. */
export const executorTemplate = ({ executor }: PromptsConfig): string => namedPrompts(executor)?.executor ?? executor

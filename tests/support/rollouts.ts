import { iterationId, runId, sampleId, stageId, stepId, taskId } from '../../contracts/ids.ts'
import type { Generation, RolloutEvent, RolloutLimits } from '../../contracts/rollout.ts'
import type { ExecutionResult } from '../../contracts/execution-result.ts'
import type { RolloutStart } from '../../core/rollout/rollout-state.ts'
import type { Prompt } from '../../core/rollout/prompt.ts'

export const aTaskId = taskId(stepId(stageId(iterationId(runId('tiny'), 2), 'executor'), 7), 42)

/** The smallest tokenizer: a character is a token, its code the id. */
export const encode = (text: string): number[] => Array.from(text, (character) => character.codePointAt(0)!)

const evidence = {
  stdout: '',
  stderr: '',
  truncated: false,
  stdoutBytes: 0,
  stderrBytes: 0,
  cpuMs: 12.5,
  wallMs: 20,
  maxRssBytes: 9_000_000,
  oomKills: 0,
  seed: 3,
  imageDigest: 'sha256:00',
  backend: 'docker',
} as const

/** A verdict of a program that printed `stdout` and ended well. */
export const okVerdict = (stdout: string): ExecutionResult => ({ kind: 'ok', ...evidence, stdout })

/** A verdict of every other kind. */
export const failedVerdicts: readonly ExecutionResult[] = [
  { kind: 'error', exitCode: 1, traceback: 'Traceback …\nNameError: y', memoryError: false, ...evidence },
  { kind: 'timeout', clock: 'cpu', ...evidence },
  { kind: 'memory', ...evidence, oomKills: 1 },
  { kind: 'crash', signal: 'SIGSEGV', ...evidence },
  { kind: 'output_limit', ...evidence, truncated: true },
]

export const limits: RolloutLimits = {
  turnsMax: 4,
  promptTokensMax: 100,
  responseTokensMax: 1000,
  toolOutputTokensMax: 60,
  codeLinesMax: 'none',
  shownError: 'traceback',
}

export function aStart(changes: Partial<RolloutLimits> = {}): RolloutStart {
  return {
    id: sampleId(aTaskId, 3),
    policy: 'tiny-executor-v2-0a1b2c3d',
    limits: { ...limits, ...changes },
    promptTokenIds: encode('What is 6*7?'),
  }
}

/** A generation of `text`, a token per character, whose logprobs tell the position. */
export function aGeneration(text: string, finish: Generation['finish'] = 'stop_text'): Generation {
  const tokenIds = encode(text)
  return { tokenIds, logprobs: tokenIds.map((_, index) => -0.25 * (index + 1)), text, finish, seed: 11 }
}

export function generated(turn: number, text: string, finish?: Generation['finish']): RolloutEvent {
  return { kind: 'generated', turn, policy: aStart().policy, generation: aGeneration(text, finish) }
}

export function executed(turn: number, stdout: string): RolloutEvent {
  const text = `\`\`\`output\n${stdout}\n\`\`\`\n`
  return { kind: 'executed', turn, verdict: okVerdict(`${stdout}\n`), output: { text, tokenIds: encode(text) } }
}

/** A turn that asks to run `code`, as a model writes it up to the stop text. */
export const program = (code: string): string => `Let us compute.\n\`\`\`python\n${code}\n\`\`\`\n`

/** A prompt as a person reads it. */
export const promptText = (prompt: Prompt) =>
  prompt.map((part) => ('template' in part ? part.template : part.text)).join('')

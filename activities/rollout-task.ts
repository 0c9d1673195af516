import { rolloutsKey } from '../contracts/artifact-keys.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { Estimate } from '../contracts/config/rollout.ts'
import { sampleId } from '../contracts/ids.ts'
import type { TaskToAnswer } from '../contracts/loop-records.ts'
import type { Policy } from '../contracts/policy.ts'
import { Rollout } from '../contracts/rollout.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import { limitsOf } from '../core/loop/limits-of.ts'
import { recipes } from '../core/recipes/index.ts'
import { driveRollouts } from '../core/rollout/drive.ts'
import { eventsOf } from '../core/rollout/journal.ts'
import { replay } from '../core/rollout/replay.ts'
import type { RolloutState } from '../core/rollout/rollout-state.ts'
import { beating } from './beating.ts'
import { tasksIn } from './records-cache.ts'
import { effectsFor } from './rollout-effects.ts'
import { configOf, type RunContext, type Services } from './services.ts'

export interface RolloutTaskInput {
  context: RunContext
  /** Manifest of `TaskToAnswer`, and which of them. */
  tasks: ArtifactReference
  index: number
  policy: Policy
  /** k, tool and sampling. */
  settings: Estimate
}

export interface RolloutTaskResult {
  task: string
  answered: number
  of: number
  toolCalls: number
  sampledTokens: number
  /** A `Rollout` per sample. */
  rollouts: ArtifactReference
}

/** Every sample of a task as it stands in the journal. */
export function statesOf(
  services: Pick<Services, 'tokenizer'>,
  config: RunConfig,
  task: TaskToAnswer,
  { policy, settings }: Pick<RolloutTaskInput, 'policy' | 'settings'>,
  journal: ReadonlyMap<string, unknown>,
): RolloutState[] {
  const promptTokenIds = services.tokenizer.encode(recipes[config.recipe].answerPrompt(config, task.question))
  const limits = limitsOf(config.rollout, settings.tool)
  return Array.from({ length: settings.samplesPerTask }, (_, sample) => {
    const id = sampleId(task.id, sample)
    return replay({ id, policy: policy.name, limits, promptTokenIds }, eventsOf(id, journal))
  })
}

export function summaryOf(task: string, rollouts: readonly Rollout[], reference: ArtifactReference): RolloutTaskResult {
  const turns = rollouts.flatMap((rollout) => rollout.turns)
  return {
    task,
    answered: rollouts.filter(({ answer }) => answer !== null).length,
    of: rollouts.length,
    toolCalls: turns.filter(({ toolCall }) => toolCall !== null && toolCall.verdict.kind !== 'not_run').length,
    sampledTokens: turns.reduce((sum, turn) => sum + turn.sampledTokens, 0),
    rollouts: reference,
  }
}

/**
 * Rolls a task out: all samples at once, each turn journaled before the next, so that a retry goes on where the last attempt
 * stopped. Code runs in the sandbox.
 */
export function rolloutTask(services: Omit<Services, 'trainer' | 'grader'>) {
  const { store } = services
  return async (input: RolloutTaskInput): Promise<RolloutTaskResult> => {
    const config = await configOf(store, input.context)
    const task = (await tasksIn(store, input.tasks))[input.index]!
    const key = rolloutsKey(task.id)
    const found = await store.find(key)
    if (found !== null) return summaryOf(task.id, await store.getRecords(Rollout, found), found)
    return beating(async (tell, signal) => {
      const journal = await store.openJournal(key)
      try {
        const states = statesOf(services, config, task, input, journal.entries())
        const effects = effectsFor(services, config, { ...input, task: task.id, journal, tell, signal })
        const rollouts = await driveRollouts(config.seed, states, effects)
        return summaryOf(task.id, rollouts, await store.putRecords(key, rollouts))
      } finally {
        await journal.close()
      }
    })
  }
}

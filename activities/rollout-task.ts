import { activityInfo } from '@temporalio/activity'
import { rolloutsKey } from '../contracts/artifact-keys.ts'
import type { ArtifactReference } from '../contracts/artifact-reference.ts'
import type { AnswerSampling } from '../contracts/config/rollout.ts'
import { sampleId } from '../contracts/ids.ts'
import type { RolloutTask } from '../contracts/loop-records.ts'
import type { Policy } from '../contracts/policy.ts'
import { Rollout, RolloutEvent, SamplingOrigin } from '../contracts/rollout.ts'
import { servable } from '../contracts/servable.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import { limitsOf, type RolloutState } from '../core/rollout/rollout-state.ts'
import { recipes } from '../core/recipes/index.ts'
import { type Interval, union } from '../core/metrics/intervals.ts'
import { driveRollouts, type RolloutEffects } from '../core/rollout/drive.ts'
import { eventsOf } from '../core/rollout/journal.ts'
import { replay } from '../core/rollout/advance.ts'
import type { Journal } from '../contracts/ports/index.ts'
import { withHeartbeat } from './with-heartbeat.ts'
import { tasksIn } from './read-once.ts'
import { requestTimes } from './request-times.ts'
import { effectsFor } from '../core/rollout/effects.ts'
import { encodePrompt } from '../core/rollout/prompt.ts'
import { journaled } from './journaled.ts'
import { assertSameSampler } from './sampling-origin.ts'
import { stopsOf } from './stops.ts'
import { configOf, type RunContext, type Services } from './services.ts'

export interface RolloutTaskInput {
  context: RunContext
  /** Manifest of `RolloutTask`, and the index of this one. */
  tasks: ArtifactReference
  index: number
  policy: Policy
  /** k, tool and sampling. */
  settings: AnswerSampling
}

export interface RolloutTaskResult {
  task: string
  answered: number
  of: number
  toolCalls: number
  sampledTokens: number
  /** When requests of this attempt were at the model servers. */
  requests: Interval[]
  /** Which attempt this is; results of earlier versions do not say. */
  attempt?: number
  /** A `Rollout` per sample. */
  rollouts: ArtifactReference
}

/** The task of an input, and what it is sampled with. */
export async function taskOf(
  { store, tokenizer }: Pick<Services, 'store' | 'tokenizer'>,
  { context, tasks, index, policy }: RolloutTaskInput,
): Promise<{ config: RunConfig; task: RolloutTask; origin: SamplingOrigin }> {
  const config = await configOf(store, context)
  const task = (await tasksIn(store, tasks))[index]!
  const promptTokenIds = encodePrompt(tokenizer, recipes[config.recipe].answerPrompt(config, task.question))
  return { config, task, origin: { policy: policy.name, promptTokenIds } }
}

/** The state of every sample of a task, from its journal. The journal's entry `origin` says what the samples come from. */
async function statesOf(
  { config, stopTokenIds }: { config: RunConfig; stopTokenIds: readonly number[] },
  { id: task }: RolloutTask,
  { policy, promptTokenIds }: SamplingOrigin,
  settings: AnswerSampling,
  journal: Journal,
): Promise<RolloutState[]> {
  const origin: SamplingOrigin = { policy, promptTokenIds }
  const key = rolloutsKey(task)
  assertSameSampler(task, journaled(SamplingOrigin, await journal.putIfAbsent('origin', origin), key, 'origin'), origin)
  for (const [slot, event] of journal.entries()) if (slot !== 'origin') journaled(RolloutEvent, event, key, slot)
  const limits = limitsOf(config.rollout, settings.tool, stopTokenIds)
  return Array.from({ length: settings.samplesPerTask }, (_, sample) => {
    const id = sampleId(task, sample)
    return replay({ id, policy, limits, promptTokenIds }, eventsOf(id, journal.entries()))
  })
}

function summaryOf(
  task: string,
  rollouts: readonly Rollout[],
  reference: ArtifactReference,
  requests: readonly Interval[],
): RolloutTaskResult {
  const turns = rollouts.flatMap((rollout) => rollout.turns)
  return {
    task,
    answered: rollouts.filter(({ answer }) => answer !== null).length,
    of: rollouts.length,
    toolCalls: turns.filter(({ toolCall }) => toolCall !== null && toolCall.verdict.kind !== 'not_run').length,
    sampledTokens: turns.reduce((sum, turn) => sum + turn.sampledTokens, 0),
    requests: union(requests),
    attempt: activityInfo().attempt,
    rollouts: reference,
  }
}

/**
 * Calls `work` with the samples of a task, its journal open and heartbeats running. `requests` grows: when this attempt was at the model
 * servers.
 */
export function onSamples<T>(
  services: Omit<Services, 'trainer' | 'grader' | 'heldOutTasks' | 'histories'>,
  { config, task, origin }: Awaited<ReturnType<typeof taskOf>>,
  { policy, settings }: RolloutTaskInput,
  about: object,
  work: (states: RolloutState[], effects: RolloutEffects, requests: readonly Interval[]) => Promise<T>,
): Promise<T> {
  return withHeartbeat(async (report, signal) => {
    const journal = await services.store.openJournal(rolloutsKey(task.id))
    try {
      const states = await statesOf(
        { config, stopTokenIds: stopsOf(config, services.tokenizer) },
        task,
        origin,
        settings,
        journal,
      )
      const { models, requests } = requestTimes(services.models)
      const options = { policy: servable(policy), settings, task: task.id, journal, tell: report, signal }
      return await work(states, effectsFor({ ...services, models }, config, options), requests)
    } finally {
      await journal.close()
    }
  }, about)
}

/**
 * Rolls a task out: all samples at once, each turn journaled before the next, so that a retry continues where the last attempt stopped.
 * Code runs in the sandbox.
 */
export function rolloutTask(services: Omit<Services, 'trainer' | 'grader' | 'histories'>) {
  const { store } = services
  return async (input: RolloutTaskInput): Promise<RolloutTaskResult> => {
    const asked = await taskOf(services, input)
    const { config, task, origin } = asked
    const key = rolloutsKey(task.id)
    const found = await store.find(key)
    if (found !== null) {
      const rollouts = await store.getRecords(Rollout, found)
      for (const rollout of rollouts) assertSameSampler(rollout.id, rollout, origin)
      return summaryOf(task.id, rollouts, found, [])
    }
    return onSamples(services, asked, input, { task: task.id }, async (states, effects, requests) => {
      const rollouts = await driveRollouts(config.seed, states, effects)
      return summaryOf(task.id, rollouts, await store.putRecords(key, rollouts), requests)
    })
  }
}

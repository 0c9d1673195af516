import type { Alert } from './alert.ts'
import { TASKS_IN_FLIGHT_MAX } from './config/limits.ts'
import type { RunConfig } from './run-config.ts'
import type { Control } from './run-status.ts'

// What clients and workflows say to each other: workflow types, updates, signals, queries, search attributes. These names stand in
// histories, so a changed one needs a former spelling for one version. Zod-free.

/** Workflow types by the code's name for them; the worker registers them under the value. */
export const workflowTypes = {
  evolution: 'evolution',
  onlineTraining: 'onlineTraining',
  curation: 'curation',
  evaluation: 'evaluation',
  rolloutShard: 'rolloutShard',
  tracedRollout: 'glassBoxRollout',
} as const

/** Updates that a run accepts, with their arguments. An update is answered; an invalid one is rejected before it enters the history. */
export interface RunUpdates {
  pause: []
  resume: []
  stopAfter: ['step' | 'iteration']
  setConcurrency: [tasksInFlight: number]
  setBudget: [sampledTokensMax: number | 'none']
  /** Retries the halted stage, with another config if one is given. */
  retryStage: [config: RunConfig | null]
  skipStage: []
  /** Publishes the policy that a stage is halted with although its canary is over the bound. */
  acceptCanary: [order: AcceptanceOrder]
}

/** Who accepts a refused policy, `user@host`, and why. */
export interface AcceptanceOrder {
  by: string
  reason: string
}

/** Signals, with their arguments. */
export interface Signals {
  /** To a run, from the worker that watches it: open alerts and those that were cleared lately; always the whole list. */
  alerts: [Alert[]]
  /** From a run to its stage, and from a stage to its shards; always whole. */
  control: [Control]
}

/** The query that runs, stages and shards answer. */
export const STATUS_QUERY = 'status'

const isShortText = (value: unknown) => typeof value === 'string' && value.trim() !== '' && value.length <= 500

const isIntegerFrom1 = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1

/** Why the argument of an update is rejected, a sentence without its full stop; null if it is valid. */
export const updateProblems = {
  stopAfter: (after: unknown) =>
    after === 'step' || after === 'iteration' ? null : 'a run can be stopped after a "step" or an "iteration"',
  setConcurrency: (tasks: unknown) =>
    isIntegerFrom1(tasks) && tasks <= TASKS_IN_FLIGHT_MAX
      ? null
      : `concurrency must be an integer from 1 to ${TASKS_IN_FLIGHT_MAX}`,
  setBudget: (tokens: unknown) =>
    tokens === 'none' || isIntegerFrom1(tokens)
      ? null
      : 'the budget must be an integer number of tokens from 1, or "none"',
  acceptCanary: (order: unknown) => {
    const { by, reason } = (order ?? {}) as Partial<AcceptanceOrder>
    return isShortText(by) && isShortText(reason) ? null : 'an acceptance needs who and why, 500 characters at most'
  },
} as const satisfies { [Name in keyof RunUpdates]?: (argument: unknown) => string | null }

/** Search attributes by which people find workflows in the Temporal UI; `agent0 up` registers them with the server. */
export const searchAttributes = {
  /** The run's name. */
  run: { name: 'Agent0Run', type: 'KEYWORD' },
  /** Name of the stage in the recipe: curriculum, curation, executor, evaluation. */
  stage: { name: 'Agent0Stage', type: 'KEYWORD' },
  /** The role that a stage trains or evaluates: curriculum or executor. */
  role: { name: 'Agent0Role', type: 'KEYWORD' },
  /** The iteration; 0 evaluates the base model. */
  iteration: { name: 'Agent0Iteration', type: 'INT' },
  /** Held-out mean@k of the latest evaluation, 0 to 1. */
  score: { name: 'Agent0Score', type: 'DOUBLE' },
} as const

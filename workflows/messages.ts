import { ApplicationFailure, defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import { defineSearchAttributeKey } from '@temporalio/common'
import type { FailureType } from '../contracts/errors.ts'
import { type RunUpdates, searchAttributes, type Signals, STATUS_QUERY, updateProblems } from '../contracts/messages.ts'
import type { RunStatus, ShardStatus, StageStatus } from '../contracts/run-status.ts'

// The SDK's objects for contracts/messages.ts.

const BAD_ARGUMENT: FailureType = 'Agent0.BadConfig'

const update = <Name extends keyof RunUpdates>(name: Name) => defineUpdate<void, RunUpdates[Name], Name>(name)
const signal = <Name extends keyof Signals>(name: Name) => defineSignal<Signals[Name], Name>(name)

export const pauseUpdate = update('pause')
export const resumeUpdate = update('resume')
export const stopAfterUpdate = update('stopAfter')
export const setConcurrencyUpdate = update('setConcurrency')
export const setBudgetUpdate = update('setBudget')
export const retryStageUpdate = update('retryStage')
export const skipStageUpdate = update('skipStage')
export const acceptCanaryUpdate = update('acceptCanary')

export const alertsSignal = signal('alerts')
export const controlSignal = signal('control')

export const runStatusQuery = defineQuery<RunStatus>(STATUS_QUERY)
export const stageStatusQuery = defineQuery<StageStatus>(STATUS_QUERY)
export const shardStatusQuery = defineQuery<ShardStatus>(STATUS_QUERY)

/** Rejects an update, for a validator: a sentence says why; null accepts it. */
export function rejectIf(problem: string | null): void {
  if (problem !== null) throw ApplicationFailure.nonRetryable(problem, BAD_ARGUMENT)
}

/** The validator of an update: rejects an invalid argument before the update enters the history. */
export const validator =
  (name: keyof typeof updateProblems) =>
  (argument: unknown): void =>
    rejectIf(updateProblems[name](argument))

const { run, stage, role, iteration, score } = searchAttributes
export const attributeKeys = {
  run: defineSearchAttributeKey(run.name, run.type),
  stage: defineSearchAttributeKey(stage.name, stage.type),
  role: defineSearchAttributeKey(role.name, role.type),
  iteration: defineSearchAttributeKey(iteration.name, iteration.type),
  score: defineSearchAttributeKey(score.name, score.type),
}

import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { Alert } from '../contracts/alert.ts'
import type { RunConfig } from '../contracts/run-config.ts'
import type { Control, RunStatus, ShardStatus, StageStatus } from '../contracts/run-status.ts'

// Orders to a run are updates: they are answered, and a wrong one is refused before it enters the history.

export const pauseUpdate = defineUpdate<void>('pause')
export const resumeUpdate = defineUpdate<void>('resume')
export const stopAfterUpdate = defineUpdate<void, ['step' | 'iteration']>('stopAfter')
export const setConcurrencyUpdate = defineUpdate<void, [tasksInFlight: number]>('setConcurrency')
export const setBudgetUpdate = defineUpdate<void, [sampledTokensMax: number | 'none']>('setBudget')
/** Tries a halted stage again, with another config if one is given. */
export const retryStageUpdate = defineUpdate<void, [config: RunConfig | null]>('retryStage')
export const skipStageUpdate = defineUpdate<void>('skipStage')
/** From who watches the run: the alerts that stand, and those that were cleared lately; always all of them. */
export const alertsSignal = defineSignal<[Alert[]]>('alerts')
export const runStatusQuery = defineQuery<RunStatus>('status')

/** From a run to its stage, and on to the shards: the whole of what is wanted. */
export const controlSignal = defineSignal<[Control]>('control')
export const stageStatusQuery = defineQuery<StageStatus>('status')
export const shardStatusQuery = defineQuery<ShardStatus>('status')
